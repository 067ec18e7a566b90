namespace ModelTensors.Kernels;

/// <summary>Sixteen doubles, the accumulators of reductions; the counterpart of <see cref="ILanes{TSelf}"/>.</summary>
internal unsafe interface IDoubleLanes<TSelf, TLanes>
    where TSelf : unmanaged, IDoubleLanes<TSelf, TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    static abstract TSelf Load(double* source);

    static abstract void Store(TSelf value, double* destination);

    /// <summary>Loads and widens sixteen floats; exact. From memory this takes one instruction for each vector, from registers several.</summary>
    static abstract TSelf LoadSingles(float* source);

    /// <summary>The same of eight floats here and eight there.</summary>
    static abstract TSelf LoadSingles(float* lower, float* upper);

    static abstract TSelf Add(TSelf left, TSelf right);

    /// <summary>sum + left · right. The product of two widened floats is exact in double, so fusing changes nothing.</summary>
    static abstract TSelf AddProduct(TSelf sum, TSelf left, TSelf right);
}
