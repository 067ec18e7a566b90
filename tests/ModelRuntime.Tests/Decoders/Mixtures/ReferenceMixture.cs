using System.Globalization;
using System.Text.Json.Nodes;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Tests.Decoders.Mixtures;

/// <summary>The forward pass of a mixture on one sequence in plain loops and double: a second reading of the description, for classic names and full attention.</summary>
internal sealed class ReferenceMixture
{
    private readonly MemoryTensorSet _tensors;
    private readonly JsonObject _config;
    private readonly Dictionary<string, double[]> _values = new(StringComparer.Ordinal);

    public ReferenceMixture(MemoryTensorSet tensors)
    {
        _tensors = tensors;
        _config = tensors.Config!.ToDocument();
    }

    private string Level => (string)_config["mixture_level"]!;

    public double[][] Logits(int[] tokens, int prompt)
    {
        double[] table = Values("model.embed_tokens.weight");
        int hidden = Int("hidden_size");
        double[][] x = [.. tokens.Select(token => table.AsSpan(token * hidden, hidden).ToArray())];
        (int Expert, double Weight)[]? shared = null;
        for (int layer = 0; layer < Int("num_hidden_layers"); layer++)
        {
            string prefix = $"model.layers.{layer}.";
            if (layer < Int("num_dense_layers"))
            {
                Attention(prefix, x, expert: null);
                double[][] normal = Norm(x, prefix + "post_attention_layernorm.weight", Epsilon(null));
                string path = Level is "ffn" ? prefix + "mlp.w" : prefix + "mlp.";
                Add(x, [.. normal.Select(row => Level is "ffn" ? Gated(row, path + "1", path + "3", path + "2") : Gated(row, path + "gate_proj", path + "up_proj", path + "down_proj"))]);
            }
            else if (Level is "ffn")
            {
                Attention(prefix, x, expert: null);
                double[][] normal = Norm(x, prefix + "post_attention_layernorm.weight", Epsilon(null));
                string moe = prefix + "block_sparse_moe.";
                (int, double)[]? all = (bool?)_config["sentence_routing"] == true ? Route(moe + "gate", Pool(normal, prompt)) : null;
                Add(x, [.. normal.Select(row => Mixed(all ?? Route(moe + "gate", row), expert => Gated(row, $"{moe}experts.{expert}.w1", $"{moe}experts.{expert}.w3", $"{moe}experts.{expert}.w2")))]);
            }
            else
            {
                (int, double)[] chosen = Level is "block" ? Route(prefix + "gate", Pool(x, prompt)) : shared ??= Route("model.gate", Pool(x, prompt));
                double[][] sum = [.. x.Select(row => new double[row.Length])];
                foreach ((int expert, double weight) in chosen)
                {
                    double[][] own = [.. x.Select(row => row.ToArray())];
                    string path = $"{prefix}experts.{expert}.";
                    Attention(path, own, expert);
                    double[][] normal = Norm(own, path + "post_attention_layernorm.weight", Epsilon(expert));
                    Add(own, [.. normal.Select(row => Gated(row, path + "mlp.gate_proj", path + "mlp.up_proj", path + "mlp.down_proj"))]);
                    Add(sum, [.. own.Select(row => row.Select(value => weight * value).ToArray())]);
                }

                x = sum;
            }
        }

        return [.. Norm(x, "model.norm.weight", Epsilon(null)).Select(row => Linear(row, "lm_head"))];
    }

    private static double Silu(double x) => x / (1 + Math.Exp(-x));

    private static void Add(double[][] x, double[][] y)
    {
        for (int row = 0; row < x.Length; row++)
        {
            for (int i = 0; i < x[row].Length; i++)
            {
                x[row][i] += y[row][i];
            }
        }
    }

    private static double[] Mixed((int Expert, double Weight)[] chosen, Func<int, double[]> expert)
    {
        double[][] parts = [.. chosen.Select(choice => expert(choice.Expert).Select(value => choice.Weight * value).ToArray())];
        return [.. Enumerable.Range(0, parts[0].Length).Select(i => parts.Sum(part => part[i]))];
    }

    private double[] Pool(double[][] states, int prompt) => (string?)_config["sequence_pooler"] switch
    {
        "first_token" => states[0],
        "last_token" => states[prompt - 1],
        _ => [.. Enumerable.Range(0, states[0].Length).Select(i => states.Take(prompt).Average(row => row[i]))],
    };

    private (int Expert, double Weight)[] Route(string path, double[] state)
    {
        double[] logits = (string?)_config["router_type"] is "mlp" ? Linear([.. Linear(state, path + ".0").Select(Silu)], path + ".2") : Linear(state, path);
        double[] powers = [.. logits.Select(logit => Math.Exp(logit - logits.Max()))];
        double[] probabilities = [.. powers.Select(power => power / powers.Sum())];
        int[] best = [.. Enumerable.Range(0, logits.Length).OrderByDescending(expert => probabilities[expert]).Take(Int("num_experts_per_tok"))];
        double total = best.Sum(expert => probabilities[expert]);
        return [.. best.Select(expert => (expert, probabilities[expert] / total))];
    }

    private double[] Gated(double[] x, string gate, string up, string down) =>
        Linear([.. Linear(x, gate).Zip(Linear(x, up), (g, u) => Silu(g) * u)], down);

    private void Attention(string prefix, double[][] x, int? expert)
    {
        (int heads, int shared, int size) = (Int("num_attention_heads"), Int("num_key_value_heads"), Int("head_dim"));
        double[][] normal = Norm(x, prefix + "input_layernorm.weight", Epsilon(expert));
        double[][] queries = Heads(normal, prefix + "self_attn.q", heads, expert);
        double[][] keys = Heads(normal, prefix + "self_attn.k", shared, expert);
        double[][] values = [.. normal.Select(row => Linear(row, prefix + "self_attn.v_proj"))];
        double[][] outputs = new double[x.Length][];
        for (int row = 0; row < x.Length; row++)
        {
            double[] attended = new double[heads * size];
            for (int head = 0; head < heads; head++)
            {
                int other = head / (heads / shared);
                double[] scores = [.. Enumerable.Range(0, row + 1).Select(key => Enumerable.Range(0, size).Sum(i => queries[row][(head * size) + i] * keys[key][(other * size) + i]) / Math.Sqrt(size))];
                double[] powers = [.. scores.Select(score => Math.Exp(score - scores.Max()))];
                for (int i = 0; i < size; i++)
                {
                    attended[(head * size) + i] = powers.Select((power, key) => power / powers.Sum() * values[key][(other * size) + i]).Sum();
                }
            }

            outputs[row] = Linear(attended, prefix + "self_attn.o_proj");
        }

        Add(x, outputs);
    }

    private double[][] Heads(double[][] x, string path, int heads, int? expert)
    {
        int size = Int("head_dim");
        double[][] rows = [.. x.Select(row => Linear(row, path + "_proj"))];
        for (int position = 0; position < rows.Length; position++)
        {
            for (int head = 0; head < heads; head++)
            {
                Span<double> own = rows[position].AsSpan(head * size, size);
                if (_tensors.TryGet(path + "_norm.weight", out _))
                {
                    Norm([own.ToArray()], path + "_norm.weight", Epsilon(expert))[0].CopyTo(own);
                }

                for (int i = 0; i < size / 2; i++)
                {
                    double angle = position * Math.Pow(Setting("rope_theta", expert), -2.0 * i / size);
                    (double left, double right) = (own[i], own[i + (size / 2)]);
                    own[i] = (left * Math.Cos(angle)) - (right * Math.Sin(angle));
                    own[i + (size / 2)] = (right * Math.Cos(angle)) + (left * Math.Sin(angle));
                }
            }
        }

        return rows;
    }

    private double[][] Norm(double[][] x, string name, double epsilon)
    {
        double[] weight = Values(name);
        return [.. x.Select(row =>
        {
            double scale = 1 / Math.Sqrt(row.Average(value => value * value) + epsilon);
            return row.Zip(weight, (value, factor) => value * scale * factor).ToArray();
        })];
    }

    private double[] Linear(double[] x, string path)
    {
        double[] weight = Values(path + ".weight");
        double[] y = new double[weight.Length / x.Length];
        for (int i = 0; i < y.Length; i++)
        {
            for (int j = 0; j < x.Length; j++)
            {
                y[i] += weight[(i * x.Length) + j] * x[j];
            }
        }

        return _tensors.TryGet(path + ".bias", out _) ? [.. y.Zip(Values(path + ".bias"), (value, bias) => value + bias)] : y;
    }

    private double Epsilon(int? expert) => Setting("rms_norm_eps", expert);

    private double Setting(string key, int? expert) =>
        double.Parse(((expert is { } own ? _config["expert_overrides"]?[own]?[key] : null) ?? _config[key])!.ToJsonString(), CultureInfo.InvariantCulture);

    private int Int(string key) => int.Parse(_config[key]!.ToJsonString(), CultureInfo.InvariantCulture);

    private double[] Values(string name)
    {
        if (!_values.TryGetValue(name, out double[]? values))
        {
            Assert.That(_tensors.TryGet(name, out TensorSource? source), Is.True, name);
            using HostTensor tensor = Floats.Copy(source!);
            values = [.. tensor.ToSingles().Select(value => (double)value)];
            _values.Add(name, values);
        }

        return values;
    }
}
