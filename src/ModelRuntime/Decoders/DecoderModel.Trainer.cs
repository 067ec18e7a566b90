using ModelRuntime.Training;

namespace ModelRuntime.Decoders;

/// <content>What a trainer has to know beside the parameters.</content>
public sealed partial class DecoderModel
{
    /// <summary>The number of threads for what is no product of matrices.</summary>
    internal int Threads => _compute.Threads;

    /// <summary>The parameters that can be trained now: those of the factors, or all weights, or none.</summary>
    internal IEnumerable<Parameter> Trainable => HasLora ? LoraParameters : _weights.All.Select(weight => weight.Parameter).OfType<Parameter>();

    /// <summary>The low-rank factors that are attached, in the order of the modules.</summary>
    internal IEnumerable<LoraFactors> Factors => Linears.Select(linear => linear.Factors).OfType<LoraFactors>();
}
