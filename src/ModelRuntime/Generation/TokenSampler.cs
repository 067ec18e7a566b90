using ModelTensors;

namespace ModelRuntime.Generation;

/// <summary>Chooses the next token from logits.</summary>
internal sealed class TokenSampler(GenerationOptions options)
{
    private readonly PhiloxKey _key = Philox.DeriveKey(options.Seed, "generation", "tokens");

    /// <summary>Returns the token of a prompt's step.</summary>
    public int Choose(ReadOnlySpan<float> logits, int prompt, int step) => options.Temperature == 0 ? Largest(logits) : Draw(logits, prompt, step);

    private static int Largest(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int token = 1; token < logits.Length; token++)
        {
            best = logits[token] > logits[best] ? token : best;
        }

        return best;
    }

    private int Draw(ReadOnlySpan<float> logits, int prompt, int step)
    {
        double largest = logits[Largest(logits)];
        (double Weight, int Token)[] weights = new (double, int)[logits.Length];
        for (int token = 0; token < weights.Length; token++)
        {
            weights[token] = (Math.Exp((logits[token] - largest) / options.Temperature), token);
        }

        // The likeliest first; of equals the one with the lowest number.
        Array.Sort(weights, (left, right) => left.Weight != right.Weight ? right.Weight.CompareTo(left.Weight) : left.Token.CompareTo(right.Token));
        int most = Math.Min(weights.Length, options.TopK ?? weights.Length);

        // The nucleus is one of the likeliest that are left, as in transformers.
        double total = weights.Take(most).Sum(weight => weight.Weight);
        int kept = 0;
        double mass = 0;
        do
        {
            mass += weights[kept++].Weight;
        }
        while (kept < most && mass < options.TopP * total);

        (uint high, uint low, _, _) = Philox.Block((ulong)step, (ulong)prompt, _key);
        double target = (((((ulong)high << 32) | low) >> 11) + 0.5) * (1.0 / (1UL << 53)) * mass;
        int drawn = 0;
        for (double sum = weights[0].Weight; sum < target && drawn < kept - 1; sum += weights[drawn].Weight)
        {
            drawn++;
        }

        return weights[drawn].Token;
    }
}
