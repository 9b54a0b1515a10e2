/**
 * The store in Elasticsearch 8.19 and later: plain HTTP, daily indices, each record under an id of
 * its own. Used by shippers that are given the address of one.
 */
@NullMarked
package dev.spoor.store.elastic;

import org.jspecify.annotations.NullMarked;
