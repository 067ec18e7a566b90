using ModelTensors.Checkpoints;

namespace ModelTensors.Adapters;

/// <content>Turning adapters of a changed model into adapters of the model that was given.</content>
public sealed partial class LoraAdapter
{
    /// <summary>Converts an adapter whose initialisation changed the model (PiSSA, OLoRA, CorDA, LoRA-GA) into one of the model as it was before.</summary>
    /// <remarks>
    /// Such an initialisation takes <c>s·B₀A₀</c> from the weights and trains from there, so that <c>W − s·B₀A₀ + s·BA = W + s·[B, −B₀][A; A₀]</c>: twice the rank, nothing
    /// rounded. Meng et al. 2024, "PiSSA" (arXiv 2404.02948), appendix C. Magnitudes, biases and whole tensors are those of the trained adapter.
    /// </remarks>
    /// <param name="trained">The folder of the trained adapter.</param>
    /// <param name="initial">The folder of the same adapter as it was saved before training.</param>
    /// <param name="options">How to read; the defaults when null.</param>
    /// <returns>The adapter, computed while it is read; the caller disposes it when its sources are no longer used.</returns>
    /// <exception cref="AdapterException">An adapter is unreadable, or they differ in more than the values of their factors; the error lists every module at fault.</exception>
    /// <exception cref="CheckpointException">A configuration is not JSON, or tensors are pickled.</exception>
    public static LoraAdapter ConvertToPlain(string trained, string initial, CheckpointOptions? options = null)
    {
        LoraAdapter last = Open(trained, options, allowsConvertible: true);
        LoraAdapter? first = null;
        try
        {
            first = Open(initial, options, allowsConvertible: true);
            return Subtract(last, first);
        }
        catch
        {
            first?.Dispose();
            last.Dispose();
            throw;
        }
    }

    private static LoraAdapter Subtract(LoraAdapter trained, LoraAdapter initial)
    {
        List<AdapterProblem> problems = [];
        List<LoraModule> modules = [];
        foreach (string path in trained._byPath.Keys.Union(initial._byPath.Keys, StringComparer.Ordinal))
        {
            LoraModule? own = trained._byPath.GetValueOrDefault(path);
            LoraModule? before = initial._byPath.GetValueOrDefault(path);
            if (own is null || before is null)
            {
                Add($"Module '{path}' is in only one of '{trained.Folder}' and '{initial.Folder}'", path);
            }
            else if (own.Kind != before.Kind || own.UpdateShape != before.UpdateShape || own.A.Shape.Rank != before.A.Shape.Rank
                || !own.Scaling.Equals(before.Scaling) || own.A.DataType != before.A.DataType || own.B.DataType != before.B.DataType)
            {
                Add($"Module '{path}' has {Describe(own)} in '{trained.Folder}' and {Describe(before)} in '{initial.Folder}'", path);
            }
            else if (trained.WholeTensors.ContainsKey(own.WeightName))
            {
                Add($"'{trained.Folder}' holds the changed weight of module '{path}' itself", path);
            }
            else
            {
                modules.Add(new LoraModule(
                    path,
                    own.Kind,
                    new ConcatenatedSource(own.A, before.A, dimension: 0, negatesSecond: false),
                    new ConcatenatedSource(own.B, before.B, dimension: 1, negatesSecond: true),
                    own.Scaling,
                    own.Bias,
                    own.IsTransposed,
                    own.Magnitude));
            }
        }

        if (problems.Count > 0)
        {
            throw new AdapterException(problems, trained.Folder);
        }

        LoraConfig config = trained.Config;
        return new LoraAdapter(
            modules,
            trained.WholeTensors,
            new LoraAdapterWriterOptions { BaseModel = config.BaseModel, TaskType = config.TaskType, IsFanInFanOut = config.IsFanInFanOut },
            [.. trained.Files, .. initial.Files],
            [trained, initial]);

        void Add(string what, string path) => problems.Add(new AdapterProblem(
            AdapterError.AdaptersDiffer, $"{what}: give the trained adapter, and the same one as it was saved before training.", path));
    }

    private static string Describe(LoraModule module) =>
        $"A {module.A.Shape} {module.A.DataType.SafetensorsName}, B {module.B.Shape} {module.B.DataType.SafetensorsName} and scaling {module.Scaling}";
}
