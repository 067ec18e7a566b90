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

    /// <summary>Rounds sixteen floats to nearest even and stores them.</summary>
    static abstract void Store(TLanes value, void* destination, int index);

    /// <summary>The same, where every result is known to be finite.</summary>
    static abstract void StoreFinite(TLanes value, void* destination, int index);
}
