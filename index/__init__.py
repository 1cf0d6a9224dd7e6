"""The write side: articles in, an index folder out.

    files -> articles -> sections -> passages -> vectors -> store

`index.build.build` runs the whole of it, `index.store.Store` opens the result. Import names from the modules:
FAISS and tantivy call everything else `index` already.
"""
