using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ModelRuntime.Training;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace DataShapley.Runtime;

/// <summary>The hash of all that a fine-tuned score depends on. Everything that is added has a fixed length or says its own.</summary>
internal sealed class FineTuneIdentity : IDisposable
{
    private const int Digits = 32;
    private const int PieceBytes = 1 << 20;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Add(TensorSet model)
    {
        Add(model.Config?.ToDocument().ToJsonString() ?? string.Empty);
        Add(model.Names.Count);
        byte[] piece = new byte[PieceBytes];
        foreach (string name in model.Names.Order(StringComparer.Ordinal))
        {
            _ = model.TryGet(name, out TensorSource? source);
            Add(name);
            Add(source!.DataType.SafetensorsName);
            Add(source.Shape.ToString());
            int step = PieceBytes / source.DataType.Size;
            for (long start = 0; start < source.Shape.ElementCount; start += step)
            {
                Span<byte> bytes = piece.AsSpan(0, (int)Math.Min(step, source.Shape.ElementCount - start) * source.DataType.Size);
                source.Read(start, bytes);
                _hash.AppendData(bytes);
            }
        }
    }

    public void Add(IReadOnlyList<TrainingExample> examples)
    {
        Add(examples.Count);
        foreach (TrainingExample example in examples)
        {
            Add(example.FirstAnswer);
            Add(example.Tokens.Length);
            foreach (int token in example.Tokens.Span)
            {
                Add(token);
            }
        }
    }

    /// <summary>Adds the settings; the number of threads changes nothing and is left out.</summary>
    public void Add(FineTuneOptions options, int mostSteps)
    {
        TrainingOptions training = options.Training;
        Add((long)options.Score);
        Add(training.Steps ?? -training.Epochs);
        Add(training.BatchSize);
        Add(training.MicroBatchTokens);
        Add(training.MaxGradientNorm ?? double.PositiveInfinity);
        Add(training.Optimizer.Beta1);
        Add(training.Optimizer.Beta2);
        Add(training.Optimizer.Epsilon);
        Add(training.Optimizer.WeightDecay);
        Add(training.ShufflesExamples ? 1 : 0);
        Add((long)training.Seed);

        // Schedules are open to users: what one gives over trainings says more than its name. Without a fixed number of steps, small coalitions have short trainings.
        foreach (int steps in training.Steps is { } fixedSteps ? [fixedSteps] : Lengths(mostSteps))
        {
            for (int step = 0; step < steps; step++)
            {
                Add(training.LearningRate * training.Schedule.FactorOf(step, steps));
            }
        }

        Add(options.Lora is null ? 0 : 1);
        if (options.Lora is { } lora)
        {
            Add(lora.Rank);
            Add(lora.Alpha);
            Add(lora.Dropout);
            Add(lora.UsesRankStabilization ? 1 : 0);
            Add(lora.TargetModules.Count);
            foreach (string module in lora.TargetModules)
            {
                Add(module);
            }
        }
    }

    public string Finish() => $"fine-tune {Convert.ToHexStringLower(_hash.GetHashAndReset())[..Digits]}";

    public void Dispose() => _hash.Dispose();

    private void Add(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _hash.AppendData(bytes);
    }

    private void Add(double number) => Add(BitConverter.DoubleToInt64Bits(number));

    private void Add(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Add(bytes.LongLength);
        _hash.AppendData(bytes);
    }

    // All short trainings, and powers of two beyond: of long ones neighbours say the same about a schedule.
    private static IEnumerable<int> Lengths(int most)
    {
        const int All = 64;
        for (int steps = 1; steps < most; steps = steps < All ? steps + 1 : steps * 2)
        {
            yield return steps;
        }

        yield return most;
    }
}
