/** The worked examples of the lectures: numbered programs that compare what they compute. */
@NullMarked
package dev.lanewise.example;

import org.jspecify.annotations.NullMarked;
