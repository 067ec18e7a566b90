using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;
using ModelTensors.LowRank;

namespace ModelAggregation.Extraction;

/// <summary>Finds the factors of one module after the other.</summary>
internal sealed class ModuleExtractor(
    TensorDevice device, LoraExtractionOptions options, bool isFanInFanOut, LoraAdapterWriter adapter, CancellationToken cancellationToken)
{
    /// <summary>Returns the Frobenius norm of a change.</summary>
    /// <exception cref="LoraExtractionException">A tensor is not finite.</exception>
    public double Norm(ChangedTensor tensor)
    {
        using TensorSession session = device.Open([tensor.Tuned, tensor.Origin], new SessionOptions { CancellationToken = cancellationToken });
        double squares = session.Gram([0], origin: 1)[0, 0];
        for (int input = 0; input < 2; input++)
        {
            if (session.NonFiniteInputs[input] > 0)
            {
                throw new LoraExtractionException(
                    LoraExtractionError.NonFinite,
                    $"Tensor '{tensor.Name}' of the {(input == 0 ? "fine-tune" : "base")} has {session.NonFiniteInputs[input]} NaN or infinite elements: use a sound checkpoint, or leave the module out.",
                    tensor.Name);
            }
        }

        return Math.Sqrt(squares);
    }

    /// <summary>Returns the type in which a tensor is written.</summary>
    public DataType TypeOf(ChangedTensor tensor) => options.DataType
        ?? (tensor.Tuned.StoredDataType is DataType.F16 or DataType.BF16 or DataType.F32 ? tensor.Tuned.StoredDataType : DataType.F32);

    /// <summary>Extracts a module and adds it to the adapter.</summary>
    public ExtractedModule Extract(ChangedTensor tensor, double norm)
    {
        int most = options.Ranks.FirstOrDefault(item => tensor.Module.Contains(item.Filter, StringComparison.Ordinal))?.Rank ?? options.Rank;
        using DifferenceBlocks change = new(device, tensor.Tuned, tensor.Origin, options.WorkingMemory);
        RandomizedSvdOptions decomposition = options.Decomposition with { Key = Philox.DeriveKey(options.Seed, tensor.Name, "lora-extraction") };
        SingularFactors factors = RandomizedSvd.Decompose(change, most, device, decomposition, cancellationToken);
        (int rank, double kept) = Choose(factors.Values, norm * norm);
        if (rank > 0)
        {
            Add(tensor, change, factors, rank);
        }

        return new ExtractedModule(tensor.Module, rank, norm, Math.Sqrt(Math.Max(0, 1 - (kept / (norm * norm)))));
    }

    private (int Rank, double Kept) Choose(IReadOnlyList<double> values, double energy)
    {
        double kept = 0;
        int rank = 0;
        while (rank < values.Count && values[rank] > options.SmallestSingularValue && (options.Energy == 1 || kept < options.Energy * energy))
        {
            kept += values[rank] * values[rank];
            rank++;
        }

        return (rank, kept);
    }

    // change ≈ U S Vᵀ over the rows and columns in which the weight is stored; where that is [in, out], A takes U and B takes V.
    private void Add(ChangedTensor tensor, DifferenceBlocks change, SingularFactors factors, int rank)
    {
        bool isTransposed = tensor.Kind == LoraModuleKind.Embedding || (tensor.Kind == LoraModuleKind.Linear && isFanInFanOut);
        (long outputs, long inputs) = isTransposed ? (change.Columns, change.Rows) : (change.Rows, change.Columns);
        float[] a = new float[checked(rank * inputs)];
        float[] b = new float[checked(outputs * rank)];
        for (int k = 0; k < rank; k++)
        {
            double scaleA = options.DistributesScale ? Math.Sqrt(factors.Values[k]) : factors.Values[k];
            double scaleB = options.DistributesScale ? scaleA : 1;
            ReadOnlySpan<double> input = isTransposed ? factors.Left(k) : factors.Right(k);
            ReadOnlySpan<double> output = isTransposed ? factors.Right(k) : factors.Left(k);
            for (int i = 0; i < input.Length; i++)
            {
                a[(k * inputs) + i] = (float)(scaleA * input[i]);
            }

            for (int o = 0; o < output.Length; o++)
            {
                b[((long)o * rank) + k] = (float)(scaleB * output[o]);
            }
        }

        // A convolution's A has its kernel, B has a kernel of ones.
        ReadOnlySpan<long> kernel = tensor.Kind == LoraModuleKind.Convolution ? tensor.Tuned.Shape.Dimensions.AsSpan()[2..] : [];
        long[] ones = new long[kernel.Length];
        Array.Fill(ones, 1);
        TensorShape shapeA = new([rank, kernel.Length > 0 ? tensor.Tuned.Shape[1] : inputs, .. kernel]);
        DataType type = TypeOf(tensor);
        adapter.Add(tensor.Module, tensor.Kind, HostTensor.FromSingles(a, shapeA, type), HostTensor.FromSingles(b, new TensorShape([outputs, rank, .. ones]), type));
    }
}
