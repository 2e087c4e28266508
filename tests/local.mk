# Shell tests and what they use; the C tests are listed by their layers.
