/** Ready models by name. */
@NullMarked
package dev.lanewise.model;

import org.jspecify.annotations.NullMarked;
