"""Which runs are one experiment with several seeds, and what to call it in a legend."""

import json

# Keys that do not change what is estimated: another value is another sample, another place or another speed.
_NEUTRAL = ("seed", "name", "output", "threads", "log", "execution", "resources")


def flatten(config, prefix=""):
    """A nested dict as {dotted key: value}."""
    flat = {}
    for key, value in config.items():
        if isinstance(value, dict) and value:
            flat.update(flatten(value, f"{prefix}{key}."))
        else:
            flat[prefix + str(key)] = value
    return flat


def _identity(run):
    """The config without neutral keys, as {dotted key: text}; a run without config is alone."""
    if not run.config:
        return {"run": run.path}
    relevant = {key: value for key, value in run.config.items() if key not in _NEUTRAL}
    return {key: json.dumps(value) for key, value in flatten(relevant).items()}


def differing(identities):
    """Keys whose value is not the same in all of them, in order."""
    keys = dict.fromkeys(key for identity in identities for key in identity)
    return [key for key in keys if len({identity.get(key) for identity in identities}) > 1]


def _word(run, key):
    if not run.config:
        return run.name
    value = flatten(run.config).get(key, "none")
    text = f"{value:g}" if isinstance(value, float) else str(value)
    parent, _, leaf = key.rpartition(".")
    # "partition.scheme = dirichlet" says no more than "dirichlet".
    return text if leaf in ("name", "scheme", "model", "dataset", "catalog") else f"{leaf} = {text}"


def _label(run, keys):
    return ", ".join(_word(run, key) for key in keys) if keys else run.name


def _label_keys(members, keys):
    """The keys that tell the groups apart: those asked for, and more where they leave two groups with one label."""
    heads = [runs[0] for runs in members]
    differ = differing([_identity(run) for run in heads])
    if not keys:
        named = all("algorithm.name" in flatten(run.config) for run in heads)
        keys = differ or (["algorithm.name"] if named else [])
    labels = [_label(run, keys) for run in heads]
    return keys if len(set(labels)) == len(labels) else keys + [key for key in differ if key not in keys]


def group(runs, keys=(), say=lambda note: None):
    """[(label, runs)] in the order given: runs with equal config but for the seed are together.

    `keys` are the dotted config keys that label the groups; runs that differ in something else are never averaged,
    their labels say it. A run that is given twice counts once, and `say` is told.
    """
    groups = {}
    for run in runs:
        identity = json.dumps(_identity(run), sort_keys=True)
        members = groups.setdefault(identity, {})
        seed = run.config.get("seed", run.path)
        if seed in members:
            say(f"{run.path}: same config and seed as {members[seed].path}; counted once")
        members.setdefault(seed, run)
    members = [list(of.values()) for of in groups.values()]
    chosen = _label_keys(members, list(keys))
    return [(_label(of[0], chosen), of) for of in members]
