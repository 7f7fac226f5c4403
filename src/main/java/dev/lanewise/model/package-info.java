/**
 * Ready models by name: {@link dev.lanewise.model.Models} makes one, a {@link
 * dev.lanewise.model.Model} with its layers and the shape that it takes.
 */
@NullMarked
package dev.lanewise.model;

import org.jspecify.annotations.NullMarked;
