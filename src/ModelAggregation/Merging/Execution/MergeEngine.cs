using System.Diagnostics;
using Microsoft.Extensions.Logging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Execution;

/// <summary>Carries out a plan tensor by tensor; the device streams each, so that memory does not grow with the tensors.</summary>
internal sealed class MergeEngine(TensorDevice device, ILogger logger, MergeMeter meter, CancellationToken cancellationToken)
{
    private static readonly ActivitySource Activities = new("ModelAggregation.Merging");

    private readonly List<NonFiniteCount> _nonFinite = [];

    /// <summary>Gets where NaN and infinities were met, interrupted runs included.</summary>
    public IReadOnlyList<NonFiniteCount> NonFinite => _nonFinite;

    /// <summary>Gets the number of tensors that were complete already.</summary>
    public int Resumed { get; private set; }

    public void Run(MergePlan plan, IMergeOutput output)
    {
        using Activity? activity = Activities.StartActivity("merge");
        activity?.SetTag("merge.method", plan.Method.Name);
        activity?.SetTag("merge.plan", plan.Hash);
        foreach (PlannedTensor tensor in plan.Tensors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (output.IsComplete(tensor.Name, out string? note))
            {
                Resumed++;
                _nonFinite.AddRange(NonFiniteNotes.Read(tensor.Name, note));
                meter.Skip(tensor, BytesToRead(plan, tensor));
                continue;
            }

            meter.Start(tensor);
            List<NonFiniteCount> counts = Run(plan, tensor, output.GetSink(tensor));
            Apply(plan.Recipe.NonFinite, tensor, counts);
            output.Complete(tensor, NonFiniteNotes.Write(counts));
            meter.Complete();
        }

        meter.Finish();
    }

    public static long BytesToRead(MergePlan plan, PlannedTensor tensor) =>
        tensor.InputBytes * (tensor.IsCopied ? 1 : plan.Method.Passes);

    private List<NonFiniteCount> Run(MergePlan plan, PlannedTensor tensor, TensorSink sink)
    {
        if (tensor.Output.Shape.ElementCount == 0)
        {
            return [];
        }

        if (tensor.IsCopied)
        {
            IntegerCopy.Run(tensor, sink, meter.Add, cancellationToken);
            return [];
        }

        SessionOptions options = new() { BytesRead = meter.Add, CancellationToken = cancellationToken };
        using TensorSession session = device.Open(tensor.SessionInputs(plan.Method), options);
        TensorMerge merge = new(tensor, device, session, options, sink, plan.Recipe.Seed);
        Merge(plan.Method, merge);
        if (!merge.IsMapped)
        {
            throw new InvalidOperationException($"The merge method '{plan.Method.Name}' wrote no output for tensor '{tensor.Name}': it has to end with a map.");
        }

        List<NonFiniteCount> counts = [];
        for (int input = 0; input < tensor.Inputs.Count; input++)
        {
            if (session.NonFiniteInputs[input] + merge.NonFiniteInputs[input] is > 0 and long count)
            {
                counts.Add(new NonFiniteCount(tensor.Name, tensor.Inputs[input].Model, count));
            }
        }

        if (session.NonFiniteOutputs + merge.NonFiniteOutputs is > 0 and long outputs)
        {
            counts.Add(new NonFiniteCount(tensor.Name, null, outputs));
        }

        return counts;
    }

    private static void Merge(MergeMethod method, TensorMerge merge)
    {
        try
        {
            method.Merge(merge);
        }
        catch (RowTooLongException error)
        {
            throw new MergeDataException(MergeDataError.RowTooLong, $"Tensor '{merge.Tensor.Name}': {error.Message}", tensorName: merge.Tensor.Name);
        }
    }

    private void Apply(NonFinitePolicy policy, PlannedTensor tensor, List<NonFiniteCount> counts)
    {
        foreach (NonFiniteCount count in counts)
        {
            if (policy == NonFinitePolicy.Fail)
            {
                throw count.Model is { } model
                    ? new MergeDataException(
                        MergeDataError.NonFiniteInput,
                        $"Tensor '{tensor.Inputs.First(input => string.Equals(input.Model, model, StringComparison.Ordinal)).TensorName}' of model '{model}' has {count.Count} NaN or infinite elements. Use a sound checkpoint, or set 'non_finite: warn' or 'allow' to merge it nevertheless.",
                        tensorName: tensor.Name,
                        model: model,
                        count: count.Count)
                    : new MergeDataException(
                        MergeDataError.NonFiniteOutput,
                        $"{count.Count} elements of the merged tensor '{tensor.Name}' do not fit {tensor.Output.DataType.SafetensorsName}. Choose a wider 'out_dtype' such as bfloat16, or smaller weights.",
                        tensorName: tensor.Name,
                        count: count.Count);
            }

            if (policy == NonFinitePolicy.Warn)
            {
                MergeLog.NonFinite(logger, count.Count, tensor.Name, count.Model ?? "the result");
            }
        }

        _nonFinite.AddRange(counts);
    }
}
