"""The classifier."""

from numbers import Real
from typing import Any, ClassVar

from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target, unique_labels

from chainrule.formulas import Loss

from ._callbacks import with_callbacks
from ._class_answers import ClassAnswers
from ._coding import accuracy
from ._constraints import one_of
from ._labels import several_labels

LOSSES = ("log_loss", "hinge", "squared_hinge", "perceptron", "crammer_singer", "squared_error")


class MLPClassifier(ClassifierMixin, ClassAnswers):
    """Multilayer perceptron that tells classes apart.

    A drop-in for `sklearn.neural_network.MLPClassifier`: the same parameters, attributes and
    methods, and for the same `random_state` the same weights, to rounding (which a long "lbfgs"
    amplifies). It minimises the log loss of a softmax (several classes) or logistic (two classes,
    several labels) output, or another `loss`. Parameters of ours come after scikit-learn's; at
    their defaults they change nothing. Without hidden layers it is a linear model: the perceptron,
    logistic or softmax regression, a linear support vector machine.

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of int, default=(100,)
        Units of each hidden layer; `()` for none.
    activation : str, Activation or array-like of them, default="relu"
        Of the hidden layers: one, or one for each layer. "identity", "logistic", "tanh",
        "hard_tanh", "sign", "step", "relu", "leaky_relu", "elu", "selu", "softplus", "gelu",
        "gelu_tanh", "silu", "mish"; "softmax" or "winner_take_all" over a layer; "prelu",
        "parametric_selu" or "parametric_mish", which learn a number a unit; or your own, made by
        `chainrule.formulas.custom_activation`.
    solver : str or settings, default="adam"
        In batches "sgd" (with momentum), "adagrad" (Duchi 2011), "adadelta" (Zeiler 2012),
        "rmsprop" (Hinton 2012), "sign", "adam" (Kingma and Ba 2015), "amsgrad" (Reddi 2018),
        "adamw" (Loshchilov and Hutter 2019), "nadam" (Dozat 2016); over all rows "lbfgs", "cg",
        "newton-cg", "scg" (Moller 1993), "rprop" (Igel and Huesken 2003), and for squared errors
        "lm" (Levenberg-Marquardt). Settings such as `AdamW(beta_2=0.95)` of `chainrule.formulas`
        and `LevenbergMarquardt(bayesian=True)` of `chainrule.training.full_batch`.
    alpha : float, default=0.0001
        Strength of the L2 penalty; it is divided by the weight of a batch.
    batch_size : int or "auto", default="auto"
        Rows of a batch; "auto" is min(200, rows). Full-batch solvers do not use it.
    learning_rate : {"constant", "invscaling", "adaptive"}, default="constant"
        How "sgd" changes its learning rate.
    learning_rate_init : float or "auto", default=0.001
        The first learning rate of a stochastic solver; "auto" is the solver's usual one: 1 for
        "adadelta", 0.01 for "adagrad" and "rmsprop", 0.002 for "nadam", else 0.001.
    power_t : float, default=0.5
        Exponent of "invscaling".
    max_iter : int, default=200
        Most epochs; of a full-batch solver, iterations.
    shuffle : bool, default=True
        Whether each epoch takes the rows in a new order.
    random_state : int, RandomState or None, default=None
        Seeds the weights, the split for early stopping, the order of the rows, and dropout and
        noise. Pass an int for the same result each time.
    tol : float, default=1e-4
        What counts as an improvement of the loss or score.
    verbose : bool or int, default=False
        Print the loss of each epoch.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the last one.
    momentum : float, default=0.9
        Of "sgd", in [0, 1].
    nesterovs_momentum : bool, default=True
        Whether momentum looks ahead.
    early_stopping : bool, default=False
        Whether the score on validation rows, not the training loss, decides when to stop; the best
        weights are kept. The rows are `X_val` of `fit`, or else set aside from the training rows.
    validation_fraction : float, default=0.1
        The part to set aside.
    beta_1, beta_2 : float, default=0.9, 0.999
        Decays of the running means of "adam" and its relatives.
    epsilon : float, default=1e-8
        Added to their denominator.
    n_iter_no_change : int, default=10
        Epochs without improvement after which training stops.
    max_fun : int, default=15000
        Most evaluations of the loss by "lbfgs".
    loss : str or Loss, default="log_loss"
        "log_loss"; the margin losses "hinge" and "squared_hinge" (Cortes and Vapnik 1995, one
        class against the rest), "crammer_singer" (2001) and "perceptron" (Rosenblatt 1958);
        "squared_error" of 0 and 1; or your own, made by `chainrule.formulas.custom_loss`.
    output_activation : str or None, default=None
        From the last sums to the prediction, where the loss leaves a choice: "squared_error" takes
        "identity", "logistic", "softmax".
    class_weight : dict, "balanced", list of dict or None, default=None
        Weight of each class, times `sample_weight`, in training and on validation rows. Of several
        labels a list, one dict for each.
    label_smoothing : float, default=0.0
        s in [0, 1): targets t become t (1 - s) + s / classes (Szegedy 2016).
    initializer : str, default="scikit-learn"
        Of the first weights, one of `chainrule.formulas.INITIALIZERS`: "glorot_uniform",
        "he_normal", "lecun_normal", "orthogonal", "lsuv", ...
    bias_initializer : str or None, default=None
        How biases begin, one of `chainrule.formulas.BIAS_RULES`: "zeros", "positive", "same",
        "normal", "he+5"; None is the initializer's own rule.
    pretrain : None, "autoencoder" or Pretraining, default=None
        The hidden layers' first weights are learned layer by layer from X alone (Hinton 2006,
        Bengio 2007), by `estimators.Pretraining(epochs, noise, ...)` or its defaults.
    l1, l2 : float, default=0.0
        Strength of penalties l1 |w| and l2/2 w^2 on the mean loss; unlike `alpha` they do not
        depend on the size of a batch. Both together are the elastic net.
    prior_scale : float or None, default=None
        The deviation s of a normal prior of each weight: adds 1 / (n s^2) to `l2` for n rows, so
        that the weights are those of largest posterior probability (with alpha=0).
    weight_prior : None, "soft_sharing" or SoftSharing, default=None
        A prior that is learned with the weights: a mixture of Gaussians that gathers them in
        clusters (Nowlan and Hinton 1992), by `chainrule.formulas.SoftSharing(components, ...)`.
    weight_decay : float or None, default=None
        Decoupled: each step takes learning rate * weight_decay * w off. None: 0.01 for "adamw",
        else 0.
    max_norm : float or None, default=None
        The largest norm of a unit's incoming weights (Srivastava 2014).
    dropout : float or array-like of float, default=0.0
        The share of hidden units that is silent in a step; one number, or one for each layer.
    input_dropout : float, default=0.0
        The same of the inputs.
    noise : float or array-like of float, default=0.0
        Deviation of normal noise added to the inputs in training; with an array also to each hidden
        layer's activations.
    mixup : float, default=0.0
        a > 0: train on mixtures of two rows with a share drawn from Beta(a, a) (Zhang 2018). A
        mixture has the sample weight of the row with the larger share.
    batch_norm, layer_norm : bool, default=False
        Normalise the hidden layers' sums over the batch (Ioffe and Szegedy 2015) or over the layer
        (Ba 2016). Where `batch_size` would leave a last batch of one row, which has no variance,
        batches of the next size that does not are taken.
    clip_norm, clip_value : float or None, default=None
        The largest norm of the whole gradient; the largest size of one slope.
    schedule : str, course or None, default=None
        Of the learning rate over the whole fit, one of `chainrule.formulas.COURSES`: "cosine",
        "one_cycle", "plateau", ... or settings such as `Cosine(restarts=3)`. All but "constant" and
        "plateau" are laid out over `max_iter` epochs, and all of these are run: `tol` does not end
        the fit where the rate is small (`early_stopping` and `stopping` do), and the last epoch is
        no failure to converge.
    momentum_schedule, dropout_schedule, weight_decay_schedule : as above, default=None
        The same of other settings; that of dropout is that of noise too.
    n_init : int, default=1
        Fits from so many first weights, of which the best is kept: by the score on validation rows
        where there are any, else by the training loss.
    stopping : rule, str, list of them or None, default=None
        In place of `tol`, `n_iter_no_change` and `early_stopping`: of `chainrule.training`
        `MaxEpochs`, `LossTolerance`, `AverageLoss`, `WeightChange`, `GradientNorm`,
        `ValidationPatience`, `TimeLimit`; with its defaults by name "loss_tolerance",
        "average_loss", "weight_change", "gradient_norm", "patience". The first to have a reason
        ends the fit.
    diagnostics : bool, default=False
        Keep `gradient_norms_` and warn where gradients vanish or explode. Costs a pass over all
        rows in each epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), or list of them
        A list where there are several targets with classes of their own.
    coefs_ : list of ndarray of shape (inputs, units)
        The weights of each layer.
    intercepts_ : list of ndarray of shape (units,)
        The biases of each layer.
    extra_parameters_ : dict of str to ndarray
        What normalisations and learned activations have learned.
    weight_mixture_ : dict of str to ndarray
        With `weight_prior`: "proportions", "means" and "widths" of its Gaussians.
    loss_, best_loss_ : float
        The last and the smallest training loss; `best_loss_` is None with early stopping.
    loss_curve_ : list of float
        The training loss of each epoch.
    validation_loss_curve_, validation_scores_ : list of float or None
        Loss and accuracy (or `scoring`) on the validation rows of each epoch, where there are any.
    best_validation_score_ : float or None
    stopped_by_ : str
        Why the fit ended.
    gradient_norms_ : ndarray of shape (n_iter_, layers)
        With `diagnostics=True`: the gradient's norm at each layer after each epoch.
    n_iter_ : int
        Epochs of the last fit.
    t_ : int
        Training rows seen, repeats counted.
    n_features_in_, n_layers_, n_outputs_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        If `X` had column names.
    out_activation_ : str
        "softmax" or "logistic"; "identity" for losses of a margin.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from chainrule import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier(max_iter=1000, random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.95
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ClassAnswers._parameter_constraints,
        "loss": [one_of(LOSSES), Loss],
        "class_weight": [None, StrOptions({"balanced"}), dict, list],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: Any = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: Any = 10,
        max_fun: int = 15000,
        loss: Any = "log_loss",
        output_activation: str | None = None,
        class_weight: Any = None,
        label_smoothing: float = 0.0,
        initializer: str = "scikit-learn",
        bias_initializer: str | None = None,
        pretrain: Any = None,
        l1: float = 0.0,
        l2: float = 0.0,
        prior_scale: float | None = None,
        weight_prior: Any = None,
        weight_decay: float | None = None,
        max_norm: float | None = None,
        dropout: Any = 0.0,
        input_dropout: float = 0.0,
        noise: Any = 0.0,
        mixup: float = 0.0,
        batch_norm: bool = False,
        layer_norm: bool = False,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        schedule: Any = None,
        momentum_schedule: Any = None,
        dropout_schedule: Any = None,
        weight_decay_schedule: Any = None,
        n_init: int = 1,
        stopping: Any = None,
        diagnostics: bool = False,
    ) -> None:
        self._assign(locals())

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> "MLPClassifier":
        """Learn from rows with known classes.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels, or 0/1 for each of several labels, or a column of classes for each of
            several targets. Of several labels or targets NaN, None or "?" is one that is not
            known, and neither costs nor teaches anything.
        sample_weight : array-like of shape (n_samples,), default=None
        X_val, y_val, sample_weight_val : as above, default=None
            Rows to validate on after each epoch.

        Returns
        -------
        self

        Raises
        ------
        chainrule.DataError
            Data that cannot be used; the message says which row and column.
        chainrule.DivergenceError
            The loss became infinite or NaN; the weights before that epoch are kept.
        """
        return self._fit(X, y, sample_weight, X_val, y_val, sample_weight_val)

    @available_if(lambda estimator: estimator._check_solver())
    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None
    ) -> "MLPClassifier":
        """Go once over the rows given, from where the last call ended.

        `classes`, all labels that will ever come, is needed at the first call.
        """
        if several_labels(y, "y") is not None:
            raise ValueError(
                "y must be one class a row or known 0/1 labels for partial_fit, got several class "
                "columns or missing labels. Call fit."
            )
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight must be a dict or None for partial_fit, got 'balanced'. The shares "
                "of the classes are not known; give a dict."
            )
        if _check_partial_fit_first_call(self, classes):
            self._kind = "labels" if type_of_target(y).startswith("multilabel") else "classes"
            if self._kind == "labels":
                self.classes_ = unique_labels(y)
        return self._fit(X, y, sample_weight=sample_weight, incremental=True)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The accuracy; of several targets the share of rows whose known labels are all right."""
        columns = getattr(self, "_kind", "") == "targets"
        several = several_labels(y, "y to score", columns=columns)
        if several is None:
            return float(super().score(X, y, sample_weight))
        outputs = self._forward(X)
        if len(several) != len(outputs) or several.labels.shape[1] != len(self._groups):
            raise ValueError(
                f"y must be of the shape ({len(outputs)}, {len(self._groups)}), got "
                f"{several.labels.shape}. Give one label for each row of X and each target."
            )
        chosen = self._coding(self._groups).decide(outputs)
        return accuracy(chosen, self._numbers(several), sample_weight)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = self.loss != "crammer_singer"
        return tags
