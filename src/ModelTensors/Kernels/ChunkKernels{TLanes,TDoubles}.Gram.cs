using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>
/// Inner products. Those of two, three and four vectors are written out, because their sums stay in registers only as variables of their own, and
/// move pointers instead of an index, because a conversion reads memory itself only where nothing else uses the address.
/// </content>
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void AddGramOf2(float* first, float* second, double* lanes, int count)
    {
        TDoubles sum00 = TDoubles.Load(lanes);
        TDoubles sum01 = TDoubles.Load(lanes + Step);
        TDoubles sum11 = TDoubles.Load(lanes + (2 * Step));
        for (float* end = first + count; first < end; first += Step, second += Step)
        {
            TDoubles a = TDoubles.LoadSingles(first);
            TDoubles b = TDoubles.LoadSingles(second);
            sum00 = TDoubles.AddProduct(sum00, a, a);
            sum01 = TDoubles.AddProduct(sum01, a, b);
            sum11 = TDoubles.AddProduct(sum11, b, b);
        }

        TDoubles.Store(sum00, lanes);
        TDoubles.Store(sum01, lanes + Step);
        TDoubles.Store(sum11, lanes + (2 * Step));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void AddGramOf3(float* first, float* second, float* third, double* lanes, int count)
    {
        TDoubles sum00 = TDoubles.Load(lanes);
        TDoubles sum01 = TDoubles.Load(lanes + Step);
        TDoubles sum11 = TDoubles.Load(lanes + (2 * Step));
        TDoubles sum02 = TDoubles.Load(lanes + (3 * Step));
        TDoubles sum12 = TDoubles.Load(lanes + (4 * Step));
        TDoubles sum22 = TDoubles.Load(lanes + (5 * Step));
        for (float* end = first + count; first < end; first += Step, second += Step, third += Step)
        {
            TDoubles a = TDoubles.LoadSingles(first);
            TDoubles b = TDoubles.LoadSingles(second);
            TDoubles c = TDoubles.LoadSingles(third);
            sum00 = TDoubles.AddProduct(sum00, a, a);
            sum01 = TDoubles.AddProduct(sum01, a, b);
            sum11 = TDoubles.AddProduct(sum11, b, b);
            sum02 = TDoubles.AddProduct(sum02, a, c);
            sum12 = TDoubles.AddProduct(sum12, b, c);
            sum22 = TDoubles.AddProduct(sum22, c, c);
        }

        TDoubles.Store(sum00, lanes);
        TDoubles.Store(sum01, lanes + Step);
        TDoubles.Store(sum11, lanes + (2 * Step));
        TDoubles.Store(sum02, lanes + (3 * Step));
        TDoubles.Store(sum12, lanes + (4 * Step));
        TDoubles.Store(sum22, lanes + (5 * Step));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void AddGramOf4(float* first, float* second, float* third, float* fourth, double* lanes, int count)
    {
        TDoubles sum00 = TDoubles.Load(lanes);
        TDoubles sum01 = TDoubles.Load(lanes + Step);
        TDoubles sum11 = TDoubles.Load(lanes + (2 * Step));
        TDoubles sum02 = TDoubles.Load(lanes + (3 * Step));
        TDoubles sum12 = TDoubles.Load(lanes + (4 * Step));
        TDoubles sum22 = TDoubles.Load(lanes + (5 * Step));
        TDoubles sum03 = TDoubles.Load(lanes + (6 * Step));
        TDoubles sum13 = TDoubles.Load(lanes + (7 * Step));
        TDoubles sum23 = TDoubles.Load(lanes + (8 * Step));
        TDoubles sum33 = TDoubles.Load(lanes + (9 * Step));
        for (float* end = first + count; first < end; first += Step, second += Step, third += Step, fourth += Step)
        {
            TDoubles a = TDoubles.LoadSingles(first);
            TDoubles b = TDoubles.LoadSingles(second);
            TDoubles c = TDoubles.LoadSingles(third);
            TDoubles d = TDoubles.LoadSingles(fourth);
            sum00 = TDoubles.AddProduct(sum00, a, a);
            sum01 = TDoubles.AddProduct(sum01, a, b);
            sum11 = TDoubles.AddProduct(sum11, b, b);
            sum02 = TDoubles.AddProduct(sum02, a, c);
            sum12 = TDoubles.AddProduct(sum12, b, c);
            sum22 = TDoubles.AddProduct(sum22, c, c);
            sum03 = TDoubles.AddProduct(sum03, a, d);
            sum13 = TDoubles.AddProduct(sum13, b, d);
            sum23 = TDoubles.AddProduct(sum23, c, d);
            sum33 = TDoubles.AddProduct(sum33, d, d);
        }

        TDoubles.Store(sum00, lanes);
        TDoubles.Store(sum01, lanes + Step);
        TDoubles.Store(sum11, lanes + (2 * Step));
        TDoubles.Store(sum02, lanes + (3 * Step));
        TDoubles.Store(sum12, lanes + (4 * Step));
        TDoubles.Store(sum22, lanes + (5 * Step));
        TDoubles.Store(sum03, lanes + (6 * Step));
        TDoubles.Store(sum13, lanes + (7 * Step));
        TDoubles.Store(sum23, lanes + (8 * Step));
        TDoubles.Store(sum33, lanes + (9 * Step));
    }
}
