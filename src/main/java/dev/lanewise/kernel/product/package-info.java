/**
 * Matrix products: which of them goes to OpenBLAS, the blocked and packed ones, fully connected
 * layers, attention.
 */
@NullMarked
package dev.lanewise.kernel.product;

import org.jspecify.annotations.NullMarked;
