using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ModelAggregation.Merging.Planning;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Execution;

/// <summary>Tells runs of equal plans apart, so that only what was made of the same inputs is continued or used again. Each plan is looked at once.</summary>
internal sealed class RunKeys
{
    private readonly Dictionary<MergePlan, RunKey> _keys = new(ReferenceEqualityComparer.Instance);

    /// <summary>Returns the key of a plan.</summary>
    public RunKey Of(MergePlan plan)
    {
        if (!_keys.TryGetValue(plan, out RunKey key))
        {
            key = Compute(plan);
            _keys.Add(plan, key);
        }

        return key;
    }

    // Beside the plan, which is the same on every machine, the build of the method and the times of the input files: neither another
    // arithmetic of the same name nor a changed input must continue an old run. What a stage made has the key of that stage in their place.
    private RunKey Compute(MergePlan plan)
    {
        StringBuilder text = new($"{plan.Hash} {plan.Method.GetType().Module.ModuleVersionId:N}");
        bool identifiesInputs = true;
        foreach (TensorSet model in plan.Opened.Select(model => model.Tensors))
        {
            if (model is StageOutput stage)
            {
                RunKey made = Of(stage.Plan);
                identifiesInputs &= made.IdentifiesInputs;
                text.Append(CultureInfo.InvariantCulture, $" {made.Text}");
                continue;
            }

            identifiesInputs &= model.IsIdentified;
            foreach (FileIdentity file in model.Files)
            {
                text.Append(CultureInfo.InvariantCulture, $" {file.LastWriteTime.UtcTicks}");
            }
        }

        return new RunKey(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 8)), identifiesInputs);
    }
}
