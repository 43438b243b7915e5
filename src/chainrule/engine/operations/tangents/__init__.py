"""How an instruction's values, messages and gradient change along a direction of the parameters.

The R-operator of Pearlmutter 1994, "Fast exact multiplication by the Hessian": R{f(w)} is the
derivative of f(w + t v) in t at t = 0. Here R{y} is written `yt`, R{dL/dy} `dyt`. A kernel reads
values and messages that are there already and lie each at a place of its own.
"""

from .table import TANGENTS as TANGENTS
