using ModelRuntime.Kernels;
using ModelRuntime.Training;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;

namespace ModelRuntime.Decoders;

/// <summary>Low-rank factors beside a linear module: <c>y += s · B A drop(x)</c>.</summary>
internal sealed class LoraFactors : IDisposable
{
    private readonly Matrix _a;
    private readonly Matrix _b;

    public LoraFactors(string path, HostTensor a, HostTensor b, double scaling, double dropout)
    {
        Path = path;
        A = new Parameter($"{path}.lora_A.weight", a, new HostTensor(DataType.F32, a.Shape), decays: true);
        B = new Parameter($"{path}.lora_B.weight", b, new HostTensor(DataType.F32, b.Shape), decays: true);
        _a = Matrix.Of(a);
        _b = Matrix.Of(b);
        Scaling = scaling;
        Dropout = dropout;
    }

    public string Path { get; }

    public Parameter A { get; }

    public Parameter B { get; }

    public double Scaling { get; }

    public double Dropout { get; }

    private int Rank => (int)_a.Rows;

    /// <summary>Draws A from Kaiming's uniform distribution, ±1/√in, as PEFT does, and leaves B zero.</summary>
    public static LoraFactors Create(string path, int inputs, int outputs, LoraOptions options, ulong seed)
    {
        HostTensor a = new(DataType.F32, new TensorShape(options.Rank, inputs));
        PhiloxKey key = Philox.DeriveKey(seed, path, "lora_A");
        RandomWeights.Uniform(a, 1 / Math.Sqrt(inputs), key);
        return new LoraFactors(path, a, new HostTensor(DataType.F32, new TensorShape(outputs, options.Rank)), options.Scaling, options.Dropout);
    }

    public void Forward(Compute compute, Rows input, Rows output, ulong? dropoutSeed)
    {
        Rows inner = compute.Rent(input.Count, Rank);
        Rows? dropped = Drop(compute, input, dropoutSeed);
        compute.Device.MatMul((dropped ?? input).Matrix, _a.Transposed, inner.Matrix);
        compute.Device.MatMul(inner.Matrix, _b.Transposed, output.Matrix, (float)Scaling, 1);
        compute.Return(inner, dropped);
    }

    /// <summary>Adds the gradients of the factors, and of the input where it is wanted.</summary>
    public void Backward(Compute compute, Rows input, Rows gradient, Rows? inputGradient, ulong? dropoutSeed)
    {
        Rows inner = compute.Rent(input.Count, Rank);
        Rows innerGradient = compute.Rent(input.Count, Rank);
        Rows? dropped = Drop(compute, input, dropoutSeed);
        Rows x = dropped ?? input;
        compute.Device.MatMul(x.Matrix, _a.Transposed, inner.Matrix);
        compute.Device.MatMul(gradient.Matrix.Transposed, inner.Matrix, Matrix.Of(B.Gradient), (float)Scaling, 1);
        compute.Device.MatMul(gradient.Matrix, _b, innerGradient.Matrix, (float)Scaling);
        compute.Device.MatMul(innerGradient.Matrix.Transposed, x.Matrix, Matrix.Of(A.Gradient), 1, 1);
        if (inputGradient is not null && dropped is null)
        {
            compute.Device.MatMul(innerGradient.Matrix, _a, inputGradient.Matrix, 1, 1);
        }
        else if (inputGradient is not null && dropped is not null)
        {
            compute.Device.MatMul(innerGradient.Matrix, _a, dropped.Matrix);
            PhiloxKey key = Key(dropoutSeed!.Value);
            compute.ForRows(input.Count, input.Columns, (first, end) => RowPasses.Drop(dropped, inputGradient, Dropout, key, adds: true, first, end));
        }

        compute.Return(inner, innerGradient, dropped);
    }

    public LoraModule ToModule() => new(Path, LoraModuleKind.Linear, A.Value.Source, B.Value.Source, Scaling);

    public void Dispose()
    {
        foreach (Parameter parameter in (ReadOnlySpan<Parameter>)[A, B])
        {
            parameter.Value.Dispose();
            parameter.Gradient.Dispose();
        }
    }

    private Rows? Drop(Compute compute, Rows input, ulong? dropoutSeed)
    {
        if (Dropout == 0 || dropoutSeed is not { } seed)
        {
            return null;
        }

        Rows dropped = compute.Rent(input.Count, input.Columns);
        PhiloxKey key = Key(seed);
        compute.ForRows(input.Count, input.Columns, (first, end) => RowPasses.Drop(input, dropped, Dropout, key, adds: false, first, end));
        return dropped;
    }

    private PhiloxKey Key(ulong seed) => Philox.DeriveKey(seed, Path, "dropout");
}
