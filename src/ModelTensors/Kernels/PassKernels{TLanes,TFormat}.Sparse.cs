using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>Deltas, their magnitudes, and what masks keep of them.</content>
internal sealed unsafe partial class PassKernels<TLanes, TFormat>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool Delta(void* input, void* origin, float weight, float* destination, int count)
    {
        TLanes factor = TLanes.Create(weight);
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(input, i);
            Prefetch(origin, i);
            TLanes delta = TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i));
            largest = TLanes.MaximumBits(largest, Magnitude(delta));
            TLanes.Store(TLanes.Multiply(factor, delta), destination + i);
        }

        return NoneAbove(largest, LargestFinite);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool Magnitudes(void* input, void* origin, float* destination, int count)
    {
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(input, i);
            Prefetch(origin, i);
            TLanes magnitude = Magnitude(TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i)));
            largest = TLanes.MaximumBits(largest, magnitude);
            TLanes.Store(magnitude, destination + i);
        }

        return NoneAbove(largest, LargestFinite);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool KeptMagnitudes(void* input, void* origin, ushort* mask, float* all, float* kept, int count)
    {
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            TLanes magnitude = Magnitude(TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i)));
            largest = TLanes.MaximumBits(largest, magnitude);
            TLanes.Store(magnitude, all + i);
            TLanes.Store(TLanes.KeepLanes(magnitude, mask[(uint)i / Step]), kept + i);
        }

        return NoneAbove(largest, LargestFinite);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool KeptDeltas(void* input, void* origin, ushort* mask, float* kept, int count)
    {
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            TLanes delta = TLanes.Subtract(TFormat.Load(input, i), TFormat.Load(origin, i));
            largest = TLanes.MaximumBits(largest, Magnitude(delta));
            TLanes.Store(TLanes.KeepLanes(delta, mask[(uint)i / Step]), kept + i);
        }

        return NoneAbove(largest, LargestFinite);
    }

    // Deviations are taken from the first delta, which is one of them: its own share keeps what cancels within a factor of the count of models,
    // and equal deltas give exactly zero.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool Variances(void** inputs, void* origin, int inputCount, float* destination, int count)
    {
        TLanes share = TLanes.Create(1f / inputCount);
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            Prefetch(origin, i);
            Prefetch(inputs[0], i);
            TLanes from = TFormat.Load(origin, i);
            TLanes first = TLanes.Subtract(TFormat.Load(inputs[0], i), from);

            // Zero, or NaN where the first delta is not finite; one of the others then makes the variance NaN, too.
            TLanes sum = TLanes.Subtract(first, first);
            TLanes squares = TLanes.CreateBits(0);
            for (int j = 1; j < inputCount; j++)
            {
                Prefetch(inputs[j], i);
                TLanes delta = TLanes.Subtract(TFormat.Load(inputs[j], i), from);
                TLanes deviation = TLanes.Subtract(delta, first);
                sum = TLanes.Add(sum, deviation);
                squares = TLanes.FusedMultiplyAdd(deviation, deviation, squares);
            }

            TLanes correction = TLanes.Multiply(sum, TLanes.Multiply(sum, share));
            TLanes variance = Magnitude(TLanes.Multiply(TLanes.Subtract(squares, correction), share));
            largest = TLanes.MaximumBits(largest, variance);
            TLanes.Store(variance, destination + i);
        }

        return NoneAbove(largest, LargestFinite);
    }
}
