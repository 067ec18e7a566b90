using ModelTensors;

namespace ModelAggregation.Merging.Recipes;

/// <summary>The words of <c>dtype</c> and <c>out_dtype</c>.</summary>
internal static class DataTypeWords
{
    private static readonly (string Word, DataType Type)[] All =
    [
        ("float32", DataType.F32), ("float16", DataType.F16), ("bfloat16", DataType.BF16), ("float64", DataType.F64),
        ("float8_e4m3fn", DataType.F8E4M3), ("float8_e5m2", DataType.F8E5M2), ("bool", DataType.Bool),
        ("uint8", DataType.U8), ("int8", DataType.I8), ("uint16", DataType.U16), ("int16", DataType.I16),
        ("uint32", DataType.U32), ("int32", DataType.I32), ("uint64", DataType.U64), ("int64", DataType.I64),
    ];

    // The abbreviations that people write, so that the error can name the word.
    private static readonly (string Word, DataType Type)[] Abbreviations =
    [
        ("fp32", DataType.F32), ("f32", DataType.F32), ("float", DataType.F32), ("fp16", DataType.F16), ("f16", DataType.F16),
        ("half", DataType.F16), ("bf16", DataType.BF16), ("fp64", DataType.F64), ("f64", DataType.F64), ("double", DataType.F64),
    ];

    /// <summary>Gets the words that a recipe may use.</summary>
    public static IEnumerable<string> Usable => All.Where(item => IsUsable(item.Type)).Select(item => item.Word);

    /// <summary>Returns whether merges can be written in a type.</summary>
    public static bool IsUsable(DataType type) => type is DataType.F16 or DataType.BF16 or DataType.F32 or DataType.F64;

    /// <summary>Returns the word of a type, as PyTorch has it.</summary>
    public static string Word(DataType type) => Array.Find(All, item => item.Type == type).Word;

    /// <summary>Reads a word.</summary>
    /// <param name="word">The word.</param>
    /// <param name="type">The type, one that <see cref="IsUsable"/>.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? TryParse(string word, out DataType type)
    {
        type = Array.Find(All, item => string.Equals(item.Word, word, StringComparison.Ordinal)).Type;
        // Bool is the default value, but its word is not usable either.
        if (IsUsable(type))
        {
            return null;
        }

        if (Array.Exists(All, item => string.Equals(item.Word, word, StringComparison.Ordinal)))
        {
            return type.IsFloat8
                ? $"'{word}' is not a type to merge into: 8-bit floats need scales, which no merge can choose. Use {string.Join(", ", Usable)}."
                : $"'{word}' is not a type to merge into: averages of weights are not integers. Use {string.Join(", ", Usable)}.";
        }

        string bare = word.StartsWith("torch.", StringComparison.Ordinal) ? word["torch.".Length..] : word;
        string? meant = Usable.FirstOrDefault(item => string.Equals(item, bare, StringComparison.OrdinalIgnoreCase));
        if (meant is null && Array.Find(Abbreviations, item => string.Equals(item.Word, bare, StringComparison.OrdinalIgnoreCase)) is { Word: not null } known)
        {
            meant = Word(known.Type);
        }

        string hint = meant is null ? NearestName.Suggest(bare, Usable) : $" Did you mean '{meant}'?";
        return $"Unknown type '{word}'; allowed are {string.Join(", ", Usable)}.{hint}";
    }
}
