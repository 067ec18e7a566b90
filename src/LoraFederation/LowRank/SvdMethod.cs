namespace LoraFederation.LowRank;

/// <summary>How singular values of a <see cref="LowRankSum"/> are found. None forms anything of the size of the weight.</summary>
public enum SvdMethod
{
    /// <summary>By Gram matrices; by QR where all components are kept, or the smallest kept one lies below a millionth of the largest or of the largest summand.</summary>
    Auto,

    /// <summary>From the inner products of the factors' columns, in double: matrix products alone. Values below about 2e-7 of the largest, or of the largest summand, count as zero.</summary>
    Gram,

    /// <summary>From orthonormal bases of both factors, in double: exact to rounding, some ten times the time.</summary>
    Qr,
}
