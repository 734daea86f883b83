"""How quick an installation is: books of any size made in an empty database, and the pages and documents asked of it over HTTP."""
