using System.Diagnostics.CodeAnalysis;
using ModelTensors.Checkpoints;

namespace ModelTensors.Adapters;

/// <summary>A model with a LoRA adapter folded in while its tensors are read. Nothing of a tensor's size is held in memory.</summary>
/// <remarks>
/// A weight of the adapter's modules reads as <c>W + scaling · B A</c> in F32, with the bits of <see cref="Devices.TensorDevice.MatMul"/> on the CPU with
/// beta 1: products accumulate in float over ascending rank. They depend neither on threads nor on what is read at once. Whole tensors of the adapter
/// replace the model's. DoRA's magnitudes cost a second reading of a weight: the norms of the outputs come first.
/// </remarks>
public sealed class AdaptedModel : TensorSet
{
    private readonly TensorSet _model;
    private readonly LoraAdapter _adapter;
    private readonly Dictionary<string, TensorSource> _adapted = new(StringComparer.Ordinal);

    /// <summary>Puts an adapter on a model. Disposing the result disposes both.</summary>
    /// <param name="model">The model.</param>
    /// <param name="adapter">The adapter.</param>
    /// <exception cref="AdapterException">The adapter does not fit the model; the error lists every module at fault, and both stay the caller's.</exception>
    public AdaptedModel(TensorSet model, LoraAdapter adapter)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(adapter);
        _model = model;
        _adapter = adapter;
        Dictionary<string, LowRankUpdate> updates = new(StringComparer.Ordinal);
        Dictionary<string, LoraModule> rescaled = new(StringComparer.Ordinal);
        List<AdapterProblem> problems = [];
        foreach (LoraModule module in adapter.Modules)
        {
            if (Check(module.WeightName, module.UpdateShape, problems))
            {
                updates.Add(module.WeightName, LowRankUpdate.OfWeight(module));
                if (module.Magnitude is not null)
                {
                    rescaled.Add(module.WeightName, module);
                }
            }

            if (module.Bias is { } bias && !IsNeedless(module, bias) && Check(module.BiasName, bias.Shape, problems))
            {
                updates.Add(module.BiasName, LowRankUpdate.OfBias(bias, module.Scaling));
            }
        }

        FactorCache factors = new();
        foreach (string name in updates.Keys.Union(adapter.WholeTensors.Keys, StringComparer.Ordinal))
        {
            TensorSource? whole = adapter.WholeTensors.GetValueOrDefault(name);
            if (whole is null || Check(name, whole.Shape, problems))
            {
                TensorSource own = Find(name)!;
                AdaptedTensorSource adapted = new(whole ?? own, own.StoredDataType, updates.GetValueOrDefault(name), factors);
                _adapted.Add(name, rescaled.TryGetValue(name, out LoraModule? module)
                    ? new DoraTensorSource(adapted, module.Magnitude!, module.IsTransposed || module.Kind == LoraModuleKind.Embedding)
                    : adapted);
            }
        }

        if (problems.Count > 0)
        {
            throw new AdapterException(problems, adapter.Folder);
        }

        AdaptedNames = model is AdaptedModel below ? [.. below.AdaptedNames.Union(_adapted.Keys, StringComparer.Ordinal)] : _adapted.Keys;
    }

    /// <inheritdoc />
    public override IReadOnlyCollection<string> Names => _model.Names;

    /// <inheritdoc />
    public override ModelConfig? Config => _model.Config;

    /// <inheritdoc />
    public override string? Folder => _model.Folder;

    /// <inheritdoc />
    public override IReadOnlyList<FileIdentity> Files => [.. _model.Files, .. _adapter.Files];

    /// <inheritdoc />
    public override bool IsIdentified => _model.IsIdentified && _adapter.Files.Count > 0;

    /// <summary>Gets the names of the tensors that the adapter changes, and those that adapters of the model below change.</summary>
    public IReadOnlyCollection<string> AdaptedNames { get; }

    /// <inheritdoc />
    public override bool TryGet(string name, [NotNullWhen(true)] out TensorSource? source)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _adapted.TryGetValue(name, out source) || _model.TryGet(name, out source);
    }

    /// <inheritdoc />
    public override void EnsureUnchanged()
    {
        _model.EnsureUnchanged();
        _adapter.EnsureUnchanged();
    }

    /// <summary>Puts an adapter on a model that was opened for it: both are disposed when it does not fit.</summary>
    internal static AdaptedModel Create(TensorSet model, Func<LoraAdapter> open)
    {
        LoraAdapter? adapter = null;
        try
        {
            adapter = open();
            return new AdaptedModel(model, adapter);
        }
        catch
        {
            adapter?.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _adapter.Dispose();
            _model.Dispose();
        }

        base.Dispose(disposing);
    }

    // A configuration gives all modules a bias or none. Zeros stand for none: the model's layer need not have one.
    private bool IsNeedless(LoraModule module, TensorSource bias) => Find(module.BiasName) is null && Array.TrueForAll(FloatReader.ReadAll(bias), value => value == 0);

    private TensorSource? Find(string name) => _model.TryGet(name, out TensorSource? source) ? source : null;

    private bool Check(string name, TensorShape shape, List<AdapterProblem> problems)
    {
        AdapterProblem? problem = Find(name) is not { } own
            ? new AdapterProblem(
                AdapterError.TensorNotInModel,
                $"The adapter '{_adapter.Folder ?? "in memory"}' changes '{name}', which the model does not have: it was made for another model{Named(_adapter.Config.BaseModel)}.",
                name)
            : own.Shape != shape
                ? new AdapterProblem(
                    AdapterError.ShapeMismatch, $"The adapter '{_adapter.Folder ?? "in memory"}' changes '{name}' of shape {shape}; in the model it is {own.Shape}.", name)
                : !own.DataType.IsFloatingPoint
                    ? new AdapterProblem(
                        AdapterError.UnsupportedType, $"The adapter '{_adapter.Folder ?? "in memory"}' changes '{name}', which the model stores as {own.DataType.SafetensorsName}.", name)
                    : null;
        if (problem is not null)
        {
            problems.Add(problem);
        }

        return problem is null;
    }

    private static string Named(string? baseModel) => string.IsNullOrEmpty(baseModel) ? string.Empty : $", '{baseModel}' by its configuration";
}
