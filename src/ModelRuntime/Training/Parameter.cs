using ModelTensors;

namespace ModelRuntime.Training;

/// <summary>Weights that are trained, with their gradient. Both are F32 and belong to the model.</summary>
public sealed class Parameter
{
    internal Parameter(string name, HostTensor value, HostTensor gradient, bool decays)
    {
        Name = name;
        Value = value;
        Gradient = gradient;
        Decays = decays;
    }

    /// <summary>Gets the name: of the tensor in the checkpoint, or of the factor in PEFT's words without <c>base_model.model.</c>, such as <c>model.layers.0.self_attn.q_proj.lora_A.weight</c>.</summary>
    public string Name { get; }

    /// <summary>Gets the weights, F32.</summary>
    public HostTensor Value { get; }

    /// <summary>Gets what backward passes have added up, F32, of the shape of <see cref="Value"/>.</summary>
    public HostTensor Gradient { get; }

    /// <summary>Gets whether weight decay takes part: not for norms and biases.</summary>
    public bool Decays { get; }
}
