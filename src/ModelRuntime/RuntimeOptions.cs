using ModelTensors.Devices;

namespace ModelRuntime;

/// <summary>Where a model computes.</summary>
public sealed record RuntimeOptions
{
    /// <summary>Gets the number of threads for what is not a product of matrices, and of the model's own device where <see cref="Device"/> is null.</summary>
    /// <value>At least 1; the number of processors by default. It changes no bit of any result.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int Threads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = Environment.ProcessorCount;

    /// <summary>Gets the device that multiplies matrices. It has to outlive the model.</summary>
    /// <value>Null by default: a CPU device of <see cref="Threads"/> threads, which the model disposes.</value>
    public TensorDevice? Device { get; init; }
}
