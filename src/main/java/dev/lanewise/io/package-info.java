/**
 * Files: {@link dev.lanewise.io.Safetensors} for named tensors, and {@link
 * dev.lanewise.io.Checkpoint}, a safetensors file with all that a training run needs to go on.
 *
 * <h2>The checkpoint file</h2>
 *
 * <p>The layout is that of safetensors, which other tools read: 8 bytes with the little-endian
 * length of the header; the header, a JSON object that gives type, shape and place of each tensor,
 * padded with blanks to a multiple of 8; then the raw little-endian values, without gaps. The
 * object {@code __metadata__} in the header holds strings:
 *
 * <table>
 *   <caption>Metadata of a checkpoint</caption>
 *   <tr><th>key</th><th>value</th></tr>
 *   <tr><td>{@code lanewise.checkpoint}</td><td>version of what is described here: 1</td></tr>
 *   <tr><td>{@code lanewise.crc32c}</td><td>checksum of the whole file, 8 hexadecimal digits,
 *       computed with this value as 00000000</td></tr>
 *   <tr><td>{@code model}</td><td>name of the model</td></tr>
 *   <tr><td>{@code epoch}</td><td>number of finished epochs</td></tr>
 *   <tr><td>{@code seed}</td><td>seed of the run</td></tr>
 *   <tr><td>{@code metric.<name>}</td><td>a number</td></tr>
 *   <tr><td>{@code setting.<name>}</td><td>any text</td></tr>
 * </table>
 *
 * <p>Parameters and buffers have PyTorch's names ({@code conv1.weight}); the state of the optimiser
 * follows under names that start with {@code optimizer.}.
 */
@NullMarked
package dev.lanewise.io;

import org.jspecify.annotations.NullMarked;
