using ModelTensors;

namespace LoraFederation;

/// <summary>The types that factors are written in.</summary>
internal static class OutputTypes
{
    /// <summary>Returns a type that is one of them, or null.</summary>
    /// <exception cref="ArgumentException">The type is another.</exception>
    public static DataType? Check(DataType? value) => value is null or DataType.F32 or DataType.F16 or DataType.BF16
        ? value
        : throw new ArgumentException($"Factors are written as F32, F16 or BF16, not as {value}.", nameof(value));
}
