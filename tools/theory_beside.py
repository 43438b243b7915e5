"""What docs/theory.md says where no docstring says it in the fixed form.

Parameters whose formula is spread over the engine (clipping happens in one loop with penalties and
decay), and layers that are one line of arithmetic. By the name of the row; where a docstring has
the field itself, a test asks to take it out here.
"""

BESIDE: dict[str, dict[str, str]] = {
    # Layers
    "Dense": {
        "Definition": "y = f(x W + b)",
        "Source": "Rumelhart, Hinton and Williams 1986, eq. 1 and 2.",
    },
    "Dense(ntk=True)": {
        "Definition": "W steps with learning_rate / sqrt(n) and epsilon * sqrt(n), n inputs: for "
        "Adam's relatives the step that W' takes in y = x W' / sqrt(n) + b",
        "Source": 'Jacot, Gabriel and Hongler 2018, "Neural tangent kernel".',
    },
    "Dense(tied=other)": {
        "Definition": "y = f(x W^T + b), W that of `other`, to which both send their gradients",
        "Source": 'as weight sharing LeCun 1989, "Generalization and network design strategies".',
    },
    "Scale, Dense(members=k), Scale, Bias": {
        "Definition": "y_k = s_k * ((r_k * x_k) W) + b_k for member k",
        "Source": 'Wen, Tran and Ba 2020, "BatchEnsemble"; as TabM has it Gorishniy, Kotelnikov '
        "and Babenko 2024.",
    },
    "Activate": {
        "Definition": "y = f(x)",
        "Source": "Rumelhart, Hinton and Williams 1986, eq. 2.",
    },
    "Add": {
        "Definition": "y = a + b",
        "Source": 'as a skip connection He, Zhang, Ren and Sun 2016, "Deep residual learning for '
        'image recognition", eq. 1.',
    },
    "Multiply": {
        "Definition": "y = a * b",
        "Source": 'the sigma-pi units of Rumelhart, Hinton and McClelland 1986, "A general '
        'framework for parallel distributed processing".',
    },
    "Concatenate": {
        "Definition": "y = (a, b)",
        "Source": 'as a skip connection Huang, Liu, van der Maaten and Weinberger 2017, "Densely '
        'connected convolutional networks", eq. 2.',
    },
    "Dropout": {
        "Definition": "y = x * m / (1 - rate), m = 0 with probability `rate` and 1 otherwise, "
        "drawn for each unit, row and step; a prediction takes y = x",
    },
    # Parameters of a fit
    "sample_weight": {
        "Definition": "L = sum_i w_i L_i / sum_i w_i over the rows i of a batch, of a score or of "
        "the validation rows",
        "Source": 'Aitken 1936, "On least squares and linear combination of observations", for '
        "squares.",
    },
    "class_weight": {
        "Definition": 'w_i := w_i * c(y_i), of several labels the product of theirs; "balanced": '
        "c(k) = n / (K n_k) with n rows, K classes and n_k rows of class k",
        "Source": 'King and Zeng 2001, "Logistic regression in rare events data"; scikit-learn\'s '
        "class_weight.",
    },
    "NaN in y": {
        "Definition": "L_i = sum of L(y_ik, p_ik) over the outputs k whose y_ik is known; the mean "
        "is over all rows i",
        "Source": "the sum over known entries of the lectures' multi-label learning, "
        "`examples/lectures/cross_entropy.py`.",
    },
    "label_smoothing": {
        "Definition": "t := t (1 - s) + s / K, K classes (of a label that is 0 or 1, K = 2)",
        "Source": 'Szegedy, Vanhoucke, Ioffe, Shlens and Wojna 2016, "Rethinking the inception '
        'architecture for computer vision", section 7.',
    },
    "mixup": {
        "Definition": "x_i := s x_i + (1 - s) x_j and y_i := s y_i + (1 - s) y_j, s = max(u, "
        "1 - u), u drawn from Beta(a, a) once a batch; row j stands as far from the batch's end as "
        "row i from its begin",
        "Source": 'Zhang, Cisse, Dauphin and Lopez-Paz 2018, "mixup: beyond empirical risk '
        'minimization", section 2.',
    },
    "prior_scale": {
        "Definition": "R = |w|^2 / (2 n s^2), n rows; then n (L + R) = -log(likelihood(w) * "
        "N(w | 0, s^2)) + constant",
        "Source": 'MacKay 1992, "A practical Bayesian framework for backpropagation networks"; '
        'Bishop 2006, "Pattern recognition and machine learning", eq. 1.67.',
    },
    "weight_decay": {
        "Definition": "w := w - learning_rate * weight_decay * w before the optimizer's own step; "
        "weights only, never biases",
        "Source": 'Loshchilov and Hutter 2019, "Decoupled weight decay regularization", '
        "algorithms 1 and 2.",
    },
    "max_norm": {
        "Definition": "W_k := W_k * min(1, max_norm / |W_k|) after each step, W_k the weights "
        "into unit k",
    },
    "clip_norm, clip_value": {
        "Definition": "g_j := min(max(g_j, -clip_value), clip_value), penalties included; then "
        "g := g * min(1, clip_norm / |g|), |g| over all parameters",
        "Source": 'Pascanu, Mikolov and Bengio 2013, "On the difficulty of training recurrent '
        'neural networks", algorithm 1; by value Mikolov 2012, "Statistical language models based '
        'on neural networks", thesis, Brno.',
    },
    "bias_initializer": {
        "Definition": 'b = 0 ("zeros"), 0.1 ("positive"), drawn as W is ("same"), from N(0, 1) '
        '("normal"), or minus a random mean of the sums on 5 rows ("he+5")',
        "Source": 'Goodfellow, Bengio and Courville 2016, "Deep learning", section 8.4 '
        '("positive"); Holzmueller, Grinsztajn and Steinwart 2024 ("he+5").',
    },
    "n_init": {
        "Definition": "of the fits from first weights w_1, ..., w_n the one with the smallest "
        "training loss, or the largest validation score",
        "Source": "scikit-learn's n_init of KMeans.",
    },
    "diagnostics": {
        "Definition": "gradient_norms_[t, l] = |dL/d(W_l, b_l)| after epoch t",
        "Source": 'Bengio, Simard and Frasconi 1994, "Learning long-term dependencies with '
        'gradient descent is difficult"; layer by layer Glorot and Bengio 2010, section 4.2.',
    },
    "learning_rate_range_test": {
        "Definition": "rate_i = low * (high / low)^(i / (steps - 1)) for batch i",
    },
    # Tables
    "robust": {
        "Definition": "z = (x - median) / (q75 - q25), or 2 (x - median) / (max - min) where that "
        "is 0; y = z / sqrt(1 + (z / 3)^2)",
    },
    "standard": {
        "Definition": "y = (x - mean) / deviation",
        "Source": 'LeCun, Bottou, Orr and Mueller 1998, "Efficient BackProp", section 4.3.',
    },
    "quantile": {
        "Definition": "y = Phi^-1(F(x)), F the distribution of the training values, Phi the normal "
        "one",
        "Source": "scikit-learn's QuantileTransformer.",
    },
    "noisy-quantile": {
        "Definition": "y = Phi^-1(F(x)), F from the quantiles of x + 0.001 / max(deviation(x), "
        "0.001) * e, e drawn from N(0, 1) for each training row",
    },
    "power": {
        "Definition": "y = ((x + 1)^a - 1) / a for x >= 0, otherwise -((1 - x)^(2 - a) - 1) / "
        "(2 - a); log where a divisor is 0; a of largest likelihood under a normal distribution",
    },
    "calibrate": {
        "Definition": "p := softmax(log(p) / T), T the one of smallest log loss on n validation "
        "rows whose targets are 1 - 1 / (n + 2) for the class, the rest for the others in equal "
        "shares",
    },
}
