"""Matrix products of our own: C = op(A) op(B) [+ D], one thread a product.

`shape` says how large a tile of C fits into the processor's registers, `tiles` computes them,
`panels` copies stretches of A and B to where a tile reads them in order, `product` puts them
together. Each number of C is summed over k in one order, so the same bits come out however rows are
cut. Between products of few columns and wide ones, and layouts, that order differs.

Source of the scheme: Goto and van de Geijn 2008, "Anatomy of high-performance matrix
multiplication"; Van Zee and van de Geijn 2015, "BLIS".
"""

from .product import least_piece as least_piece
from .product import product_address as product_address
from .product import workspaces as workspaces
