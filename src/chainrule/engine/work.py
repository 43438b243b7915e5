"""What a team works on: blocks of parameters, and the job that its members share."""

import numpy as np

BLOCK = np.dtype(
    [
        ("instruction", np.int64),
        ("start", np.int64),  # rows of the instruction's parameter matrix
        ("stop", np.int64),
        ("first", np.int64),  # its segments: numbers from `first` to `last` in their table
        ("last", np.int64),
    ],
    align=True,
)

# Parameters of a block that are moved alike.
SEGMENT = np.dtype(
    [
        ("first", np.int64),  # place in the flat vector
        ("count", np.int64),
        ("kind", np.int64),  # twice the number of their group, and 1 where they are penalised
    ],
    align=True,
)

# What all members share, each number in a cache line (64 bytes) of its own: the counter of the
# barrier, the caller's wish to stop, and whether a member has given up its part of the step at hand
# for that wish. Then come the items of a part of the work: for each block and, from `chunk_items`
# on, for each chunk of rows how often a member has taken it; from `message_items` on for each chunk
# how far its messages have come. (A forward pass has one item: how many chunks have been taken.) A
# part begins with zeros from the wish on.
LINE = 8
ARRIVALS, STOP, ABANDONED, ITEMS = (LINE * place for place in range(4))

JOB = np.dtype(
    [
        # instructions, blocks and their segments, by address, and how many there are
        ("tape", np.int64),
        ("n_instructions", np.int64),
        ("blocks", np.int64),
        ("n_blocks", np.int64),
        ("segments", np.int64),
        ("n_segments", np.int64),
        # bytes of a number, all that the interpreter knows of the precision
        ("number_bytes", np.int64),
        # what each chunk gives, its loss and the weight of its rows, and what each block does, the
        # penalty or the sum of squared slopes; by address (a prediction has none of them: 0)
        ("losses", np.int64),
        ("row_weights", np.int64),
        ("squares", np.int64),
        ("n_chunks", np.int64),
        # of predictions: their place in a member's own values in bytes, where they go (0: nowhere),
        # and the bytes of a row
        ("prediction", np.int64),
        ("out", np.int64),
        ("row_bytes", np.int64),
        # where members share the units of a layer, they share pieces of at least so many
        ("unit_piece", np.int64),
        # which rows: all of them, in batches, in chunks of a batch
        ("n_rows", np.int64),
        ("batch_rows", np.int64),
        ("chunk_rows", np.int64),
        # whether each chunk sums its own part of the gradient
        ("in_parts", np.int64),
        # where items begin (see above); `message_items` 0: nobody asks how far messages have come
        ("chunk_items", np.int64),
        ("message_items", np.int64),
        # which part of the work: its number, and its steps of an epoch or chunks of a forward pass
        ("slice", np.int64),
        ("first", np.int64),
        ("last", np.int64),
        # the optimizer's kernels (0: leave the sum of gradients as it is) and steps done before
        ("update", np.int64),
        ("constants", np.int64),
        ("prepare", np.int64),
        ("steps_done", np.int64),
        # the settings of each group as the user gave them, how many groups there are, and the
        # factors of QUANTITIES at each step (0: none change)
        ("settings", np.int64),
        ("groups", np.int64),
        ("course", np.int64),
        # a learned prior's kernels (0: there is none), and the block of its own parameters
        ("pull", np.int64),
        ("collect", np.int64),
        ("prior_block", np.int64),
        # the largest norm of the whole gradient, 0: any
        ("clip_norm", np.float64),
        # the number of the instruction that gathers sample weights, -1: there is none
        ("weight_instruction", np.int64),
        # 1 / outputs where the reported loss is a mean over outputs
        ("loss_scale", np.float64),
        # the sum over the batches so far of loss * rows
        ("loss_sum", np.float64),
        # the system's yield of the processor, by address
        ("yield_processor", np.int64),
    ],
    align=True,
)
