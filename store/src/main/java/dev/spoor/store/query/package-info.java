/**
 * The query language: Lucene's classic syntax, read with the types of the vocabulary into a tree
 * that every store answers alike. Used by stores, search, tail and timeline.
 */
@NullMarked
package dev.spoor.store.query;

import org.jspecify.annotations.NullMarked;
