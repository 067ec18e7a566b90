using System.Collections.Frozen;

namespace ModelTensors;

/// <summary>Sizes, names and kinds of <see cref="DataType"/> values.</summary>
public static class DataTypeExtensions
{
    private static readonly string[] Names =
        ["BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "I16", "U16", "F16", "BF16", "I32", "U32", "F32", "I64", "U64", "F64"];

    private static readonly byte[] Sizes = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 8, 8, 8];

    private static readonly FrozenDictionary<string, DataType> ByName =
        Names.Select((name, index) => KeyValuePair.Create(name, (DataType)index)).ToFrozenDictionary(StringComparer.Ordinal);

    extension(DataType type)
    {
        /// <summary>Gets the size of one element in bytes.</summary>
        /// <value>1, 2, 4 or 8.</value>
        public int Size => Sizes[(int)type];

        /// <summary>Gets the name of the type in a safetensors header, such as <c>BF16</c>.</summary>
        public string SafetensorsName => Names[(int)type];

        /// <summary>Gets whether the type is one that merges compute with: F16, BF16, F32, F64 or an 8-bit float.</summary>
        public bool IsFloatingPoint => type is DataType.F8E5M2 or DataType.F8E4M3 or DataType.F16 or DataType.BF16 or DataType.F32 or DataType.F64;

        /// <summary>Gets whether the type is an 8-bit float, whose values usually need a scale that is stored beside them.</summary>
        public bool IsFloat8 => type is DataType.F8E5M2 or DataType.F8E4M3;

        /// <summary>Finds the type of a safetensors name.</summary>
        /// <param name="name">A name such as <c>BF16</c>; case matters.</param>
        /// <param name="result">The type, when the name is known.</param>
        /// <returns>Whether the name is known.</returns>
        public static bool TryParseSafetensorsName(string name, out DataType result)
        {
            ArgumentNullException.ThrowIfNull(name);
            return ByName.TryGetValue(name, out result);
        }
    }
}
