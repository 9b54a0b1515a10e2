/** The store on the local disk: a Lucene index. Used by a shipper that has no Elasticsearch. */
@NullMarked
package dev.spoor.store.lucene;

import org.jspecify.annotations.NullMarked;
