using System.Diagnostics;
using ModelTensors;

namespace ModelRuntime.Training;

/// <summary>The steps of a training, whatever gives the gradients.</summary>
internal sealed class TrainingLoop(IGradientSource source, TrainingOptions options, TimeProvider timeProvider)
{
    // As in PyTorch's clip_grad_norm_.
    private const double NormOffset = 1e-6;

    private readonly Gradients _gradients = new(source.Parameters, source.Threads);
    private readonly PhiloxKey _dropoutKey = Philox.DeriveKey(options.Seed, "training", "dropout");

    public TrainingResult Run(IReadOnlyList<TrainingExample> examples, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        BatchPlan plan = new(examples, options);
        using AdamW optimizer = new(source.Parameters, options.Optimizer, source.Threads);
        TrainingCheckpoint? checkpoint = options.CheckpointFolder is null
            ? null
            : new TrainingCheckpoint(options.CheckpointFolder, Identify(examples, plan.Steps), source.Parameters, optimizer);
        List<TrainingStep> history = checkpoint?.Read() ?? [];
        int resumed = history.Count;
        int written = resumed;
        long tokens = 0;
        long began = timeProvider.GetTimestamp();
        for (int step = resumed; step < plan.Steps; step++)
        {
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                history.Add(Step(step, plan, optimizer, cancellationToken));
            }
            catch (OperationCanceledException) when (step > written)
            {
                // The weights are those of the steps before. Without a checkpoint of them the same model could not go on: it is neither where it began nor where a checkpoint is.
                checkpoint?.Write(history);
                throw;
            }

            tokens += history[^1].Tokens;
            if ((step + 1) % options.CheckpointEvery == 0 || step + 1 == plan.Steps)
            {
                checkpoint?.Write(history);
                written = step + 1;
            }

            progress?.Report(new TrainingProgress(step + 1, plan.Steps, history[^1], tokens, timeProvider.GetElapsedTime(began)));
        }

        return new TrainingResult(history, resumed, timeProvider.GetElapsedTime(began));
    }

    private TrainingStep Step(int step, BatchPlan plan, AdamW optimizer, CancellationToken cancellationToken)
    {
        List<MicroBatch> parts = plan.PartsOf(step);
        int labels = parts.Sum(part => part.LabelCount);
        _gradients.Clear();

        // One mean over all labels of the step: a mean of the parts' means would weigh a label by the company it is in.
        LossSum loss = default;
        for (int i = 0; i < parts.Count; i++)
        {
            loss += source.AddGradients(parts[i].Batch, parts[i].Labels, 1.0 / labels, DropoutSeed(step, i), cancellationToken);
        }

        Debug.Assert(loss.Labels == labels, "The model counts labels as the trainer does.");
        double norm = _gradients.Norm(out Parameter? notFinite);
        if (notFinite is not null || !double.IsFinite(loss.Mean))
        {
            throw NotFinite(step, loss.Mean, notFinite);
        }

        double rate = options.LearningRate * options.Schedule.FactorOf(step, plan.Steps);
        double scale = options.MaxGradientNorm is double limit ? Math.Min(1, limit / (norm + NormOffset)) : 1;
        optimizer.Step(rate, scale);
        return new TrainingStep(loss.Mean, rate, norm, parts.Sum(part => part.Batch.TokenCount), labels);
    }

    private static RuntimeException NotFinite(int step, double loss, Parameter? parameter) => new(
        RuntimeError.NotFinite,
        $"Step {step + 1}: the loss is {loss}{(parameter is null ? "" : $", and the gradient of '{parameter.Name}', as the first of perhaps more, is not finite")}. The weights are as the step before left them. Lower the learning rate, or look for infinities in the model.",
        tensorName: parameter?.Name);

    private string Identify(IReadOnlyList<TrainingExample> examples, int steps)
    {
        using TrainingIdentity identity = new();
        foreach (Parameter parameter in source.Parameters)
        {
            identity.AddShape(parameter.Name, parameter.Value.DataType, parameter.Value.Shape);
            identity.Add(parameter.Decays ? 1 : 0);
        }

        identity.Add(options, steps);
        identity.Add(examples);
        source.Identify(identity);
        return identity.ToText();
    }

    private ulong DropoutSeed(int step, int part)
    {
        (uint low, uint high, _, _) = Philox.Block((ulong)step, (ulong)part, _dropoutKey);
        return low | ((ulong)high << 32);
    }
}
