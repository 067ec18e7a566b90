using ModelAggregation.Merging.Planning;
using ModelTensors;
using ModelTensors.Devices;

namespace ModelAggregation.Merging;

/// <summary>The merge of one tensor, as a <see cref="MergeMethod"/> sees it: inputs with their parameters, passes over them, and one map that writes the output.</summary>
public sealed class TensorMerge
{
    private readonly TensorSink _output;
    private readonly ulong _seed;

    internal TensorMerge(PlannedTensor tensor, TensorDevice device, TensorSession session, SessionOptions options, TensorSink output, ulong seed)
    {
        _output = output;
        _seed = seed;
        Tensor = tensor;
        Device = device;
        Session = session;
        Options = options;
        NonFiniteInputs = new long[tensor.Inputs.Count];
        Models = [.. Enumerable.Range(0, tensor.Inputs.Count).Where(index => index != tensor.BaseIndex)];
    }

    /// <summary>Gets the plan of the tensor.</summary>
    public PlannedTensor Tensor { get; }

    /// <summary>Gets the inputs, in the recipe's order. Passes name them by index.</summary>
    public IReadOnlyList<PlannedInput> Inputs => Tensor.Inputs;

    /// <summary>Gets the index of the base model among the inputs, or -1.</summary>
    public int Base => Tensor.BaseIndex;

    /// <summary>Gets the indices of the other models. Empty when only the base model has the tensor.</summary>
    public IReadOnlyList<int> Models { get; }

    /// <summary>Gets the method's parameters, resolved for this tensor.</summary>
    public ParameterValues Parameters => Tensor.Parameters;

    /// <summary>Gets the passes that bring small results back: inner products, selections, sums.</summary>
    public TensorSession Session { get; }

    /// <summary>Gets the device, for dense operations beyond the passes.</summary>
    public TensorDevice Device { get; }

    /// <summary>Gets progress and cancellation, for sessions of a method's own.</summary>
    internal SessionOptions Options { get; }

    /// <summary>Gets how many elements of each input are not finite, as far as <see cref="Session"/> has not counted them.</summary>
    internal long[] NonFiniteInputs { get; }

    /// <summary>Gets or sets how many elements of the output are not finite, as far as <see cref="Session"/> has not counted them.</summary>
    internal long NonFiniteOutputs { get; set; }

    /// <summary>Gets whether the output has been written.</summary>
    internal bool IsMapped { get; private set; }

    /// <summary>Returns the key of a model's random numbers for this tensor: a function of the recipe's seed, the tensor's name and the model's name only.</summary>
    /// <param name="input">The model's index among the inputs.</param>
    public PhiloxKey RandomKey(int input) => Philox.DeriveKey(_seed, Tensor.Name, Inputs[input].Model);

    /// <summary>Writes the output with one of the library's maps, which every device runs.</summary>
    /// <param name="pass">The map.</param>
    public void Map(MapPass pass)
    {
        Session.Map(pass, _output);
        IsMapped = true;
    }

    /// <summary>Writes the output with a computation of your own, over short runs of elements on the CPU.</summary>
    /// <param name="function">Computes a run of output elements; called from several threads.</param>
    public void Map(TileFunction function) => Map(new TileMap(function));

    /// <summary>Returns the index of an input's statistics, where they are element by element: passes name them by it.</summary>
    /// <param name="input">The input's index.</param>
    public int StatisticsOf(int input) => Inputs.Count + input;

    /// <summary>Writes the output in pieces.</summary>
    internal void Write(Action<TensorSink> write)
    {
        write(_output);
        IsMapped = true;
    }

    /// <summary>Writes one input as the output: byte for byte when the types are equal.</summary>
    /// <param name="input">The input's index.</param>
    public void Copy(int input)
    {
        Session.Copy(input, _output);
        IsMapped = true;
    }
}
