using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>Inner products of floats.</content>
internal sealed unsafe partial class ChunkKernels<TLanes, TDoubles>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddProductsEach(float* left, float* right, double* sums, int count)
    {
        int i = 0;
        for (; i <= count - Step; i += Step)
        {
            TDoubles.Store(TDoubles.AddProduct(TDoubles.Load(sums + i), TDoubles.LoadSingles(left + i), TDoubles.LoadSingles(right + i)), sums + i);
        }

        for (; i < count; i++)
        {
            sums[i] += (double)left[i] * right[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void AddProducts(float* left, float* right, double* lanes, int count)
    {
        TDoubles sums = TDoubles.Load(lanes);
        for (int i = 0; i < count; i += Step)
        {
            sums = TDoubles.AddProduct(sums, TDoubles.LoadSingles(left + i), TDoubles.LoadSingles(right + i));
        }

        TDoubles.Store(sums, lanes);
    }
}
