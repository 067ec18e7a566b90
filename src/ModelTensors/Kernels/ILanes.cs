namespace ModelTensors.Kernels;

/// <summary>
/// Sixteen floats, whatever the width of the machine's vectors: one 512-bit vector, two of 256 bits, or four of 128.
/// </summary>
/// <remarks>
/// Kernels are written once against this interface. Because a step is always sixteen elements, and because every operation here
/// is correctly rounded per element, a kernel gives the same bits on every width; 128-bit lanes run in software without SIMD.
/// Comparisons return masks of all ones or all zeros per lane.
/// </remarks>
internal unsafe interface ILanes<TSelf>
    where TSelf : unmanaged, ILanes<TSelf>
{
    static abstract TSelf Create(float value);

    static abstract TSelf CreateBits(uint value);

    static abstract TSelf Load(float* source);

    static abstract void Store(TSelf value, float* destination);

    static abstract TSelf Add(TSelf left, TSelf right);

    static abstract TSelf Subtract(TSelf left, TSelf right);

    static abstract TSelf Multiply(TSelf left, TSelf right);

    static abstract TSelf Divide(TSelf left, TSelf right);

    /// <summary>left · right + addend with one rounding.</summary>
    static abstract TSelf FusedMultiplyAdd(TSelf left, TSelf right, TSelf addend);

    static abstract TSelf And(TSelf left, TSelf right);

    /// <summary>left and not right.</summary>
    static abstract TSelf AndNot(TSelf left, TSelf right);

    static abstract TSelf Or(TSelf left, TSelf right);

    static abstract TSelf Xor(TSelf left, TSelf right);

    static abstract TSelf Select(TSelf mask, TSelf whereSet, TSelf whereClear);

    /// <summary>The value where left's bits are greater as signed integers, zero elsewhere.</summary>
    /// <remarks>This and the next nine are compound because 512-bit comparisons give mask registers, which the JIT uses directly only within one expression.</remarks>
    static abstract TSelf KeepGreater(TSelf value, TSelf left, TSelf right);

    /// <summary>The value where a float is above zero, zero elsewhere; a NaN is not above.</summary>
    static abstract TSelf KeepPositive(TSelf value, TSelf sign);

    /// <summary>The sum where a float is above zero, the left summand elsewhere; a NaN is not above. The left summand is never minus zero.</summary>
    static abstract TSelf AddPositive(TSelf left, TSelf right, TSelf sign);

    /// <summary>The value where left's bits are at most right's as unsigned integers, zero elsewhere.</summary>
    static abstract TSelf KeepAtMost(TSelf value, TSelf left, TSelf right);

    /// <summary>The value in the lanes whose bit is set, zero elsewhere.</summary>
    static abstract TSelf KeepLanes(TSelf value, uint bits);

    /// <summary>Adds one to the integers where left's bits are greater as signed integers.</summary>
    static abstract TSelf CountGreater(TSelf counts, TSelf left, TSelf right);

    /// <summary>Adds one to the integers where the bits are equal.</summary>
    static abstract TSelf CountEqual(TSelf counts, TSelf left, TSelf right);

    /// <summary>One bit for each lane where left's bits are greater as signed integers, lane 0 lowest.</summary>
    static abstract uint FindGreater(TSelf left, TSelf right);

    /// <summary>One bit for each lane where the bits are equal, lane 0 lowest.</summary>
    static abstract uint FindEqual(TSelf left, TSelf right);

    /// <summary>One bit for each lane where left's bits are at most right's as unsigned integers, lane 0 lowest.</summary>
    static abstract uint FindAtMost(TSelf left, TSelf right);

    /// <summary>Compares floats; false for NaN.</summary>
    static abstract TSelf GreaterOrEqual(TSelf left, TSelf right);

    /// <summary>Compares the bits as signed integers.</summary>
    static abstract TSelf BitsGreater(TSelf left, TSelf right);

    /// <summary>Compares the bits.</summary>
    static abstract TSelf BitsEqual(TSelf left, TSelf right);

    /// <summary>Converts signed integers to the nearest floats.</summary>
    static abstract TSelf ConvertBits(TSelf value);

    static abstract TSelf ShiftBitsRight(TSelf value, int count);

    static abstract TSelf ShiftBitsLeft(TSelf value, int count);

    static abstract TSelf AddBits(TSelf left, TSelf right);

    /// <summary>Subtracts the bits as integers; subtracting a mask counts it.</summary>
    static abstract TSelf SubtractBits(TSelf left, TSelf right);

    /// <summary>The larger bits of two, as unsigned integers.</summary>
    static abstract TSelf MaximumBits(TSelf left, TSelf right);

    /// <summary>The smaller bits of two, as unsigned integers.</summary>
    static abstract TSelf MinimumBits(TSelf left, TSelf right);

    /// <summary>The mask whose lanes are set where the bits are, lane 0 lowest.</summary>
    static abstract TSelf CreateMask(uint bits);

    /// <summary>One bit for each lane of a mask, lane 0 lowest.</summary>
    static abstract uint MaskBits(TSelf mask);

    /// <summary>Zero-extends sixteen 16-bit words into the lanes.</summary>
    static abstract TSelf LoadWords(ushort* source);

    /// <summary>Stores the low 16 bits of each lane; the high bits must be zero.</summary>
    static abstract void StoreWords(TSelf value, ushort* destination);

    /// <summary>
    /// Stores the lanes whose keys are below <paramref name="limit"/> as unsigned integers, one after the other, and returns how many; may write up to 16
    /// elements.
    /// </summary>
    static abstract int StoreBelow(TSelf value, TSelf keys, TSelf limit, uint* destination);

    /// <summary>Gets whether <see cref="StoreBelow"/> takes the same time however many lanes it stores; else each takes some.</summary>
    static abstract bool StoresManyAsFew { get; }

    /// <summary>Runs Philox4x32-10 on sixteen consecutive counters; lane c of word w is word w of counter <paramref name="counter"/> + c.</summary>
    static abstract void Philox(ulong counter, PhiloxRoundKeys* keys, out TSelf word0, out TSelf word1, out TSelf word2, out TSelf word3);
}
