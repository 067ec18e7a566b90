using ModelRuntime.Training;
using ModelTensors;
using ModelTensors.Adapters;

namespace ModelRuntime.Decoders;

/// <content>Low-rank factors beside the weights.</content>
public sealed partial class DecoderModel
{
    /// <summary>Gets whether low-rank factors are attached.</summary>
    public bool HasLora => Linears.Any(linear => linear.Factors is not null);

    /// <summary>Attaches fresh low-rank factors, A drawn uniformly from ±1/√in as PEFT does and B zero. The weights are frozen.</summary>
    /// <param name="options">Rank, alpha, dropout and modules.</param>
    /// <param name="seed">The seed of A.</param>
    /// <returns>The parameters, A before B, in the order of the modules; the model owns them.</returns>
    /// <exception cref="ArgumentException">A name of a target module is no linear module's.</exception>
    /// <exception cref="RuntimeException">The model is a mixture of experts (<see cref="RuntimeError.Unsupported"/>): they are trained before they are mixed.</exception>
    /// <exception cref="InvalidOperationException">Factors are attached already, or all weights are trained.</exception>
    public IReadOnlyList<Parameter> AttachLora(LoraOptions options, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(options);
        EnsureFrozen();
        foreach (string name in options.TargetModules)
        {
            if (!Linears.Any(linear => (options with { TargetModules = [name] }).Targets(linear.Path)))
            {
                throw new ArgumentException($"No linear module is called '{name}'. Layers have q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj and down_proj.", nameof(options));
            }
        }

        foreach (Linear linear in Linears.Where(linear => options.Targets(linear.Path)))
        {
            linear.Factors = LoraFactors.Create(linear.Path, linear.Inputs, linear.Outputs, options, seed);
        }

        return LoraParameters;
    }

    /// <summary>Attaches the factors of an adapter, which are copied, to go on with them. The weights are frozen.</summary>
    /// <param name="adapter">The adapter: plain factors of linear modules.</param>
    /// <param name="dropout">The probability that an input of the factors is dropped in training; in [0, 1).</param>
    /// <returns>The parameters, A before B, in the order of the modules; the model owns them.</returns>
    /// <exception cref="RuntimeException">The adapter has modules that the model does not have or whose sizes do not fit, or more than factors; or the model is a mixture of experts.</exception>
    /// <exception cref="InvalidOperationException">Factors are attached already, or all weights are trained.</exception>
    public IReadOnlyList<Parameter> AttachLora(LoraAdapter adapter, double dropout = 0)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentOutOfRangeException.ThrowIfNegative(dropout);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(dropout, 1);
        EnsureFrozen();
        Dictionary<string, Linear> linears = Linears.ToDictionary(linear => linear.Path, StringComparer.Ordinal);
        if (adapter.WholeTensors.Keys.FirstOrDefault() is { } whole)
        {
            throw Unfit(adapter, whole, $"replaces tensor '{whole}' in full");
        }

        foreach (LoraModule module in adapter.Modules)
        {
            if (!linears.TryGetValue(module.Path, out Linear? linear))
            {
                throw Unfit(adapter, module.WeightName, $"has factors for '{module.Path}', which is no linear module of the model");
            }

            if (module.Bias is not null || module.Magnitude is not null || module.IsTransposed || module.UpdateShape != new TensorShape(linear.Outputs, linear.Inputs))
            {
                throw Unfit(
                    adapter, module.WeightName, $"has for '{module.Path}' an update of shape {module.UpdateShape} with a bias, magnitudes or a transposed weight, where plain factors for [{linear.Outputs}, {linear.Inputs}] fit");
            }
        }

        // All are read before any is attached: a file that cannot be read leaves the model as it was.
        List<LoraFactors> read = [];
        try
        {
            foreach (LoraModule module in adapter.Modules)
            {
                using HostTensor a = Floats.Copy(module.A);
                using HostTensor b = Floats.Copy(module.B);
                read.Add(new LoraFactors(module.Path, Floats.Widened(a), Floats.Widened(b), module.Scaling, dropout));
            }
        }
        catch
        {
            read.ForEach(factors => factors.Dispose());
            throw;
        }

        read.ForEach(factors => linears[factors.Path].Factors = factors);
        return LoraParameters;
    }

    /// <summary>Takes the low-rank factors away; what they learnt is lost unless <see cref="ToAdapter"/> was written.</summary>
    public void DetachLora()
    {
        foreach (Linear linear in Linears)
        {
            linear.Factors?.Dispose();
            linear.Factors = null;
        }
    }

    /// <summary>Returns the low-rank factors as an adapter. It is a view: the model owns the memory, and training changes it.</summary>
    /// <param name="options">What the adapter's configuration says beside the modules; the defaults when null.</param>
    /// <exception cref="InvalidOperationException">No factors are attached.</exception>
    public LoraAdapter ToAdapter(LoraAdapterWriterOptions? options = null) => HasLora
        ? new LoraAdapter(Linears.Select(linear => linear.Factors).OfType<LoraFactors>().Select(factors => factors.ToModule()), options: options)
        : throw new InvalidOperationException("No low-rank factors are attached to the model.");

    private IReadOnlyList<Parameter> LoraParameters =>
        [.. Linears.Select(linear => linear.Factors).OfType<LoraFactors>().SelectMany(factors => (IEnumerable<Parameter>)[factors.A, factors.B])];

    private void EnsureFrozen()
    {
        EnsureDense();
        if (HasLora || Norm.Parameter is not null)
        {
            throw new InvalidOperationException($"{(HasLora ? "Low-rank factors are attached already" : "All weights are trained")}: factors are attached once, beside a frozen model.");
        }
    }

    private static RuntimeException Unfit(LoraAdapter adapter, string tensor, string what) => new(
        RuntimeError.TensorInvalid, $"The adapter{(adapter.Folder is { } folder ? $" in '{folder}'" : string.Empty)} cannot be trained on: it {what}.", adapter.Folder, tensor);
}
