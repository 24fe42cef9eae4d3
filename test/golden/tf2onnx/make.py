"""Small networks of Keras, written by tf2onnx, with the logits, loss and gradients that TensorFlow computes.
pip install tensorflow-cpu==2.21.0 keras==3.15.1 tf2onnx==1.17.0 onnx==1.23.1 safetensors==0.8.0, then python make.py."""
import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from keras import layers as L
from onnx import numpy_helper
from safetensors.numpy import save_file
from tf2onnx.optimizer import back_to_back_optimizer

here = os.path.dirname(os.path.abspath(__file__))
SIDE, CLASSES, IMAGES = 16, 5, 4
ones = lambda value: tf.ones_like(tf.reshape(value, [-1]))
keras_batch_norm, folding = tf.nn.batch_normalization, dict(back_to_back_optimizer._func_map)


def batch_norm(x, mean, variance, offset, scale, variance_epsilon):
    """Keeps batch norm in the file, as docs/backbones.md says."""
    if len(x.shape) != 4:
        return keras_batch_norm(x, mean, variance, offset, scale, variance_epsilon)
    flat = lambda value, default: default if value is None else tf.reshape(value, [-1])
    one = ones(mean)
    return tf.compat.v1.nn.fused_batch_norm(x, flat(scale, one), flat(offset, one - one), flat(mean, one),
                                            flat(variance, one), epsilon=variance_epsilon, is_training=False)[0]


def mobile():
    """Explicit padding and a convolution without, depthwise layers, a bias before batch norm, a residual, hard swish."""
    i = keras.Input((SIDE, SIDE, 3))
    x = L.Rescaling(1 / 127.5, -1)(i)
    x = L.Conv2D(8, 3, 2, use_bias=False, name="stem")(L.ZeroPadding2D(((0, 1), (0, 1)))(x))
    stem = L.ReLU(6)(L.BatchNormalization(name="stem_norm")(x))
    x = L.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise")(stem)
    x = L.ReLU(6)(L.BatchNormalization(name="depthwise_norm")(x))
    x = L.Conv2D(8, 1, use_bias=False, name="project")(x)
    x = L.Add()([stem, L.BatchNormalization(name="project_norm")(x)])
    x = L.BatchNormalization(scale=False, name="last_norm")(L.Conv2D(12, 1, name="last")(x))
    x = L.GlobalAveragePooling2D()(L.Activation("hard_swish")(x))
    return keras.Model(i, L.Dense(CLASSES, activation="softmax", name="head")(L.Dropout(0.0)(x)), name="mobile")


def plain():
    """Biases, pooling, a dense layer on flattened maps."""
    x = i = keras.Input((SIDE, SIDE, 3))
    x = L.MaxPooling2D()(L.Conv2D(6, 3, padding="same", activation="relu", name="conv1")(x))
    x = L.AveragePooling2D(2)(L.Conv2D(8, 3, padding="same", strides=2, activation="elu", name="conv2")(x))
    x = L.Dense(10, activation="tanh", name="hidden")(L.Flatten()(x))
    return keras.Model(i, L.Dense(CLASSES, name="head")(x), name="plain")


def excited():
    """Normalization by constants, swish, squeeze and excitation."""
    i = keras.Input((SIDE, SIDE, 3))
    x = L.Normalization(mean=[110.0, 120, 130], variance=[3000.0, 3500, 4000])(i)
    x = L.Conv2D(8, 3, 2, padding="same", use_bias=False, name="stem")(x)
    x = L.Activation("swish")(L.BatchNormalization(name="stem_norm")(x))
    s = L.Reshape((1, 1, 8))(L.GlobalAveragePooling2D()(x))
    s = L.Conv2D(4, 1, activation="swish", name="reduce")(s)
    x = L.Multiply()([x, L.Conv2D(8, 1, activation="sigmoid", name="expand")(s)])
    x = L.GlobalMaxPooling2D()(L.SeparableConv2D(8, 3, name="separable")(x))
    return keras.Model(i, L.Dense(CLASSES, activation="softmax", name="head")(x), name="excited")


def normed():
    """Layer norm, dense layers on maps, GELU."""
    i = keras.Input((SIDE, SIDE, 3))
    x = stem = L.LayerNormalization(name="stem_norm")(L.Conv2D(8, 4, 4, name="stem")(L.Rescaling(1 / 255)(i)))
    x = L.LayerNormalization(name="norm")(L.DepthwiseConv2D(3, padding="same", name="depthwise")(x))
    x = L.Activation(lambda x: keras.activations.gelu(x, approximate=True))(L.Dense(16, name="up")(x))
    x = L.Add()([stem, L.Dense(8, name="down")(x)])
    x = L.LayerNormalization(name="last_norm")(L.GlobalAveragePooling2D()(x))
    return keras.Model(i, L.Dense(CLASSES, activation="softmax", name="head")(x), name="normed")


def fresh():
    """Batch norm before activations, concatenation; all scales 1, all shifts 0, as they are before training."""
    conv = lambda *size, **options: L.Conv2D(*size, bias_initializer=keras.initializers.Constant(0.1), **options)
    x = i = keras.Input((SIDE, SIDE, 3))
    x = L.Conv2D(8, 3, 2, padding="same", use_bias=False, name="stem")(x)
    for n in range(2):
        y = L.ReLU()(L.BatchNormalization(name=f"norm{n}")(x if n == 0 else conv(8, 1, name="mix")(x)))
        x = L.Concatenate()([x, conv(8, 3, padding="same", name=f"grow{n}")(y)])
    x = L.ReLU()(L.BatchNormalization(name="last_norm")(conv(8, 1, name="last")(x)))
    return keras.Model(i, L.Dense(CLASSES, name="head")(L.GlobalAveragePooling2D()(x)), name="fresh")


def randomise(model, rng):
    for w in model.weights:
        kind = w.path.split("/")[-1]
        if model.name == "fresh" and kind in ("bias", "gamma", "beta", "moving_mean", "moving_variance"):
            continue
        if kind in ("gamma", "moving_variance"):
            w.assign(rng.uniform(0.5, 1.5, w.shape))
        elif kind in ("beta", "bias", "moving_mean"):
            w.assign(rng.uniform(-0.5, 0.5, w.shape))
        elif "kernel" in kind:
            w.assign(rng.normal(0, (1 / np.prod(w.shape[:2] if kind == "depthwise_kernel" else w.shape[:-1])) ** 0.5, w.shape))


def in_onnx(w):
    """A weight, or a gradient, in the order that ONNX has."""
    def turn(a):
        if "depthwise" in w.path and a.ndim == 4:
            return a.transpose(2, 3, 0, 1).reshape(-1, 1, *a.shape[:2])
        return a.transpose(3, 2, 0, 1) if a.ndim == 4 else a.T if w.path.startswith("head/") else a
    return turn


def write(model, opset, keep=False, batch=None):
    spec = [tf.TensorSpec((batch, SIDE, SIDE, 3), tf.float32, name="image")]
    for layer in model.layers:
        if isinstance(layer, L.Normalization):
            # As tensors they would become inputs of the file.
            layer.mean, layer.variance = np.array(layer.mean), np.array(layer.variance)
    if keep:
        tf.nn.batch_normalization = batch_norm
        del back_to_back_optimizer._func_map[("Conv", "BatchNormalization")]
    path = os.path.join(here, f"{model.name}{'-kept' if keep else ''}.onnx")
    if batch is None:
        model.export(path, format="onnx", opset_version=opset, input_signature=spec, verbose=False)
    else:
        tf2onnx.convert.from_function(tf.function(model, input_signature=spec), spec, opset=opset, output_path=path)
    tf.nn.batch_normalization = keras_batch_norm
    back_to_back_optimizer._func_map.update(folding)
    file = onnx.load(path)
    onnx.checker.check_model(file, full_check=True)
    return file


def gradients(model, file, x, labels, training):
    """Loss and gradients, each named by the node and the position at which the file has the parameter."""
    weights = model.trainable_weights
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, model(x, training=training), from_logits=True))
    found, constants = {"loss": np.array(loss, "f4")}, {i.name: numpy_helper.to_array(i) for i in file.graph.initializer}
    for w, gradient in zip(weights, tape.gradient(loss, [w.value for w in weights])):
        value, gradient = in_onnx(w)(w.numpy()), in_onnx(w)(gradient.numpy())
        layer = w.path.split("/")[0]
        if layer == "head":
            found[f"head {w.name}"] = gradient
            continue
        of_layer = lambda name: any(part.rsplit("_", 1)[0] == layer for part in name.split("/"))
        equal = [(node.name, i, name) for node in file.graph.node for i, name in enumerate(node.input)
                 if name in constants and np.array_equal(constants[name].ravel(), value.ravel())]
        # Equal constants share one, whose name says nothing then.
        at = [f"{node} {i}" for node, i, _ in equal if of_layer(node)] or [f"{node} {i}" for node, i, name in equal if of_layer(name)]
        at = at or [f"{node} {i}" for node, i, _ in equal if "kernel" in w.name]
        # A norm that is new has the same numbers for its shift and its mean, for its scale and its variance.
        at = [place for place in at if "FusedBatchNorm" not in place or place[-1] == {"gamma": "1", "beta": "2"}[w.name]]
        assert len(at) == 1, (w.path, at)
        found[at[0]] = gradient
    return found


rng = np.random.default_rng(0)
x = rng.uniform(0, 255, (IMAGES, SIDE, SIDE, 3)).astype("f4")
labels = np.array([0, 1, 4, 2])
golden = {"images": np.ascontiguousarray(x.transpose(0, 3, 1, 2)), "labels": labels}
for make, files in {
    mobile: [dict(opset=15), dict(opset=17, keep=True)],
    plain: [dict(opset=13)],
    excited: [dict(opset=18, batch=IMAGES)],
    normed: [dict(opset=17)],
    fresh: [dict(opset=15, keep=True)],
}.items():
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    model = make()
    randomise(model, rng)
    model(x)
    written = [(options, write(model, **options)) for options in files]
    model.get_layer("head").activation = keras.activations.linear
    golden[f"{model.name}/logits"] = np.array(model(x))
    for options, file in written:
        if model.name in ("mobile", "excited") and not options.get("keep"):
            continue
        for name, value in gradients(model, file, x, labels, training=options.get("keep", False)).items():
            golden[f"{model.name}/{name}"] = np.ascontiguousarray(value)
save_file(golden, os.path.join(here, "golden.safetensors"))
