package dev.lanewise.nn;

import dev.lanewise.tensor.Tensor;

/** The channels of groups in turns (Zhang et al., <i>ShuffleNet</i>, 2018). */
public final class ChannelShuffle extends Layer {
  private final int groups;

  /** Of so many groups. */
  public ChannelShuffle(int groups) {
    this.groups = groups;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.channelShuffle(groups);
  }

  @Override
  protected String attributes() {
    return "groups " + groups;
  }
}
