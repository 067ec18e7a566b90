namespace ModelTensors;

/// <summary>The storage type of a tensor's elements, named as in safetensors headers.</summary>
public enum DataType
{
    /// <summary>One byte, 0 or 1 (<c>BOOL</c>).</summary>
    Bool,

    /// <summary>Unsigned 8-bit integer (<c>U8</c>).</summary>
    U8,

    /// <summary>Signed 8-bit integer (<c>I8</c>).</summary>
    I8,

    /// <summary>8-bit float with 5 exponent and 2 mantissa bits, with infinities (<c>F8_E5M2</c>).</summary>
    F8E5M2,

    /// <summary>8-bit float with 4 exponent and 3 mantissa bits, no infinities, one NaN pattern (<c>F8_E4M3</c>).</summary>
    F8E4M3,

    /// <summary>Signed 16-bit integer (<c>I16</c>).</summary>
    I16,

    /// <summary>Unsigned 16-bit integer (<c>U16</c>).</summary>
    U16,

    /// <summary>IEEE 754 half precision (<c>F16</c>).</summary>
    F16,

    /// <summary>bfloat16: the upper half of a float (<c>BF16</c>).</summary>
    BF16,

    /// <summary>Signed 32-bit integer (<c>I32</c>).</summary>
    I32,

    /// <summary>Unsigned 32-bit integer (<c>U32</c>).</summary>
    U32,

    /// <summary>IEEE 754 single precision (<c>F32</c>).</summary>
    F32,

    /// <summary>Signed 64-bit integer (<c>I64</c>).</summary>
    I64,

    /// <summary>Unsigned 64-bit integer (<c>U64</c>).</summary>
    U64,

    /// <summary>IEEE 754 double precision (<c>F64</c>).</summary>
    F64,
}
