namespace ModelTensors.Kernels;

/// <summary>A storage type that vectors load and store: bfloat16, half or float.</summary>
internal unsafe interface IStorageFormat<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Gets the number of bytes of an element.</summary>
    static abstract int Size { get; }

    /// <summary>Gets the bits of the largest float that rounds to a finite stored value.</summary>
    static abstract uint LargestRoundedFinite { get; }

    /// <summary>Loads sixteen elements and widens them; exact.</summary>
    static abstract TLanes Load(void* source, int index);

    /// <summary>Gets whether half of thirty-two elements are those of even and of odd index, rather than the first and the last sixteen.</summary>
    static abstract bool SplitsByParity { get; }

    /// <summary>Loads one half of thirty-two elements and widens it; exact.</summary>
    static abstract TLanes LoadFirstHalf(void* source, int index);

    /// <summary>Loads the other half.</summary>
    static abstract TLanes LoadSecondHalf(void* source, int index);

    /// <summary>Rounds sixteen floats to nearest even and stores them.</summary>
    static abstract void Store(TLanes value, void* destination, int index);

    /// <summary>The same, where every result is known to be finite.</summary>
    static abstract void StoreFinite(TLanes value, void* destination, int index);
}
