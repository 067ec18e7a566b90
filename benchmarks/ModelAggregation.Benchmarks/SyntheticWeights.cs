using ModelAggregation.Merging.Recipes;
using ModelTensors;

namespace ModelAggregation.Benchmarks;

/// <summary>A base model and three fine-tunes of it, as far as kernels can tell: weights of size 0.02, differences of size 0.002, bf16.</summary>
internal static class SyntheticWeights
{
    public static readonly string[] Names = ["base", "first", "second", "third"];

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

    public static MergeRecipe Recipe(string method, Func<string, string> reference)
    {
        MergeRecipeBuilder builder = MergeRecipe.With(method);
        return method switch
        {
            "passthrough" => builder.Model(reference("first")).Build(),
            "slerp" => builder.Base(reference("base")).Model(reference("base")).Model(reference("first")).Parameter("t", 0.4).Build(),
            "linear" => Three(builder),
            "task_arithmetic" => Three(builder.Base(reference("base"))),
            _ => Three(builder.Base(reference("base")).Parameter("density", 0.3)),
        };

        MergeRecipe Three(MergeRecipeBuilder three) =>
            three.Model(reference("first"), weight: 0.5).Model(reference("second"), weight: 0.3).Model(reference("third"), weight: 0.2).Build();
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
