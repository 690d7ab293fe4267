"""Five SGD steps of a recurrent network in float64 by PyTorch, on weights and tokens from a file of doubles.

torch_recurrent.py KIND VOCABULARY DIMS HIDDEN LAYERS STEPS COUNT LR IN OUT: reads the weights and, for each step, tokens
and labels [steps of a sample beside each other, count]; writes the weights after the steps. Exit code 77: no PyTorch.
"""

import sys

try:
    import numpy as np
    import torch
except ImportError as missing:
    print(missing)
    sys.exit(77)

kind, (vocabulary, dims, hidden, layers, steps, count) = sys.argv[1], map(int, sys.argv[2:8])
lr, source, target = float(sys.argv[8]), sys.argv[9], sys.argv[10]
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
values = torch.from_numpy(np.fromfile(source))
place = 0


def take(*shape):
    global place
    n = int(np.prod(shape))
    place += n
    return values[place - n : place].reshape(shape).clone()


gates = 4 if kind == "lstm" else 3
net = (torch.nn.LSTM if kind == "lstm" else torch.nn.GRU)(dims, hidden, layers)
table = take(vocabulary, dims).requires_grad_()
trained = [table]
with torch.no_grad():
    for layer in range(layers):
        getattr(net, f"weight_ih_l{layer}").copy_(take(gates * hidden, dims if layer == 0 else hidden))
        getattr(net, f"weight_hh_l{layer}").copy_(take(gates * hidden, hidden))
        getattr(net, f"bias_ih_l{layer}").copy_(take(gates * hidden))
        # An LSTM's two biases are only ever added: the second stays 0.
        getattr(net, f"bias_hh_l{layer}").copy_(take(gates * hidden) if kind == "gru" else torch.zeros(gates * hidden))
for layer in range(layers):
    names = ["weight_ih", "weight_hh", "bias_ih"] + (["bias_hh"] if kind == "gru" else [])
    trained += [getattr(net, f"{name}_l{layer}") for name in names]
# A dense layer of at least 32 outputs keeps its weights by inputs.
wide = vocabulary >= 32
out = (take(hidden, vocabulary) if wide else take(vocabulary, hidden)).requires_grad_()
bias = take(vocabulary).requires_grad_()
trained += [out, bias]

for _ in range(5):
    tokens, labels = take(count, steps).long(), take(count, steps).long()
    states = net(torch.nn.functional.embedding(tokens.T, table))[0]
    z = states @ (out if wide else out.T) + bias
    loss = torch.nn.functional.cross_entropy(z.reshape(-1, vocabulary), labels.T.reshape(-1))
    for weight, gradient in zip(trained, torch.autograd.grad(loss, trained)):
        weight.data -= lr * gradient
np.concatenate([weight.detach().numpy().ravel() for weight in trained]).tofile(target)
