package dev.lanewise.model;

import dev.lanewise.nn.Conv2d;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.Layer;
import dev.lanewise.nn.LayerNorm;
import dev.lanewise.nn.Linear;
import dev.lanewise.nn.MultiheadAttention;
import dev.lanewise.nn.Sequential;
import dev.lanewise.tensor.Generator;
import dev.lanewise.tensor.Shape;
import dev.lanewise.tensor.Tensor;
import java.util.List;

/**
 * The vision transformer of Dosovitskiy et al., <i>An Image is Worth 16x16 Words</i> (2021), with
 * torchvision's names: patches of an image are the tokens of an encoder, and a token of its own
 * learns the class.
 */
final class VisionTransformer extends Layer {
  /**
   * Sizes of a network.
   *
   * @param image height and width
   * @param patch height and width of a patch
   * @param embed length of a token
   */
  record Sizes(int image, int patch, int embed, int layers, int heads, int feedForward) {}

  private final Sizes sizes;
  private final Tensor classToken;
  private final Conv2d projection;
  private final Encoder encoder;
  private final Sequential heads;

  VisionTransformer(Sizes sizes, int classes, Generator random) {
    this.sizes = sizes;
    int embed = sizes.embed;
    int side = sizes.image / sizes.patch;
    classToken = parameter("class_token", Tensor.zeros(1, 1, embed));
    projection = child("conv_proj", new Conv2d(3, embed, sizes.patch, sizes.patch, 0, random));
    encoder = child("encoder", new Encoder(sizes, side * side + 1, random));
    heads = child("heads", new Sequential().add("head", new Linear(embed, classes, random)));
  }

  /** For colour images of 32x32: 64 patches and the class as tokens of 128 values, six layers. */
  static Layer tiny(int classes, Generator random) {
    return new VisionTransformer(new Sizes(32, 4, 128, 6, 4, 256), classes, random);
  }

  /** ViT-B/16 for colour images of 224x224. */
  static Layer base16(int classes, Generator random) {
    return new VisionTransformer(new Sizes(224, 16, 768, 12, 12, 3072), classes, random);
  }

  @Override
  public Tensor forward(Tensor x) {
    Shape shape = x.shape();
    if (shape.rank() != 4 || shape.dim(2) != sizes.image || shape.dim(3) != sizes.image) {
      throw new IllegalArgumentException(
          "VisionTransformer: images [N, 3, "
              + sizes.image
              + ", "
              + sizes.image
              + "] are expected, found "
              + shape);
    }
    Tensor patches = projection.call(x).flatten(2, 3).transpose(1, 2);
    Tensor token = classToken.expand(shape.dim(0), 1, sizes.embed);
    Tensor tokens = Tensor.concat(List.of(token, patches), 1);
    return heads.call(encoder.call(tokens).select(1, 0));
  }

  /** Positions, blocks and a last normalisation. */
  private static final class Encoder extends Layer {
    private final Tensor positions;
    private final Sequential blocks = new Sequential();
    private final LayerNorm norm;

    Encoder(Sizes sizes, int tokens, Generator random) {
      positions =
          parameter(
              "pos_embedding",
              Init.normal(Tensor.uninitialized(1, tokens, sizes.embed), 0, 0.02, random));
      for (int i = 0; i < sizes.layers; i++) {
        blocks.add("encoder_layer_" + i, new Block(sizes, random));
      }
      child("layers", blocks);
      norm = child("ln", new LayerNorm(sizes.embed));
    }

    @Override
    public Tensor forward(Tensor x) {
      return norm.call(blocks.call(x.add(positions)));
    }
  }

  /** Attention and a network of two layers, each behind a normalisation, inside a residual. */
  private static final class Block extends Layer {
    private final LayerNorm before;
    private final MultiheadAttention attention;
    private final LayerNorm between;
    private final Mlp mlp;

    Block(Sizes sizes, Generator random) {
      int embed = sizes.embed;
      before = child("ln_1", new LayerNorm(embed));
      attention = child("self_attention", new MultiheadAttention(embed, sizes.heads, random));
      between = child("ln_2", new LayerNorm(embed));
      mlp = child("mlp", new Mlp(embed, sizes.feedForward, random));
    }

    @Override
    public Tensor forward(Tensor x) {
      Tensor y = x.add(attention.call(before.call(x)));
      return y.add(mlp.call(between.call(y)));
    }
  }

  /** Two linear layers, under the numbers that they have among torchvision's dropouts. */
  private static final class Mlp extends Layer {
    private final Linear wide;
    private final Linear narrow;

    Mlp(int embed, int feedForward, Generator random) {
      wide = child("0", new Linear(embed, feedForward, random));
      narrow = child("3", new Linear(feedForward, embed, random));
    }

    @Override
    public Tensor forward(Tensor x) {
      return narrow.call(wide.call(x).gelu());
    }
  }
}
