using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelTensors;

namespace ModelAggregation.Benchmarks;

/// <summary>A base model and three fine-tunes of it, as far as kernels can tell: weights of size 0.02, differences of size 0.002, bf16.</summary>
internal static class SyntheticWeights
{
    public static readonly string[] Names = ["base", "first", "second", "third"];

    private static readonly double[] Weights = [0.5, 0.3, 0.2];

    // Of the other parameters the defaults are what is measured.
    private static readonly (string Name, double Value)[] Common = [("density", 0.3), ("t", 0.4), ("select_topk", 0.3)];

    /// <summary>Fills elements of a model; the values depend on the element and the model only.</summary>
    public static void Fill(Span<ushort> elements, long start, int model)
    {
        for (int i = 0; i < elements.Length; i++)
        {
            float value = 0.02f * Bell((ulong)(start + i));
            if (model > 0)
            {
                value += 0.002f * Bell((ulong)(start + i) + ((ulong)model << 56));
            }

            uint bits = BitConverter.SingleToUInt32Bits(value);
            elements[i] = (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        }
    }

    /// <summary>Makes a recipe of the base, where the method needs one, and of as many of the three fine-tunes as it takes.</summary>
    public static MergeRecipe Recipe(MergeMethod method, Func<string, string> reference, int models = 3)
    {
        bool needsBase = method.BaseModel == BaseModelRole.Required;
        HashSet<string> parameters = [.. method.Parameters.Select(parameter => parameter.Name)];
        MergeRecipeBuilder builder = MergeRecipe.With(method.Name);
        builder = needsBase ? builder.Base(reference(Names[0])) : builder;
        foreach (int index in Enumerable.Range(0, Math.Min(models, method.MaximumModels - (needsBase ? 1 : 0))))
        {
            builder = builder.Model(reference(Names[index + 1]), weight: parameters.Contains("weight") ? Weights[index] : null);
        }

        foreach ((string name, double value) in Common.Where(parameter => parameters.Contains(parameter.Name)))
        {
            builder = builder.Parameter(name, value);
        }

        return builder.Build();
    }

    // The sum of four uniform numbers from one hash (splitmix64): close enough to normal, and quick to make by the gigabyte.
    private static float Bell(ulong key)
    {
        ulong z = unchecked((key + 1) * 0x9E37_79B9_7F4A_7C15);
        z = unchecked((z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        int sum = (ushort)z + (ushort)(z >> 16) + (ushort)(z >> 32) + (ushort)(z >> 48);
        return (sum - (2 * 65535)) * (1f / 37837);
    }
}
