using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ModelTensors;

namespace ModelRuntime.Training;

/// <summary>The SHA-256 of what a training's result depends on. Everything that is added has a fixed length or says its own, so that no two lists add up to the same bytes.</summary>
internal sealed class TrainingIdentity : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Add(long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        _hash.AppendData(bytes);
    }

    public void Add(double value) => Add(BitConverter.DoubleToInt64Bits(value));

    public void Add(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Add(bytes.LongLength);
        _hash.AppendData(bytes);
    }

    public void Add(ReadOnlySpan<int> values)
    {
        Add(values.Length);
        foreach (int value in values)
        {
            Add((long)value);
        }
    }

    /// <summary>Adds a tensor with its name, type, shape and elements.</summary>
    public void Add(string name, TensorSource source)
    {
        AddShape(name, source.DataType, source.Shape);
        TensorPieces.ForEach(source, (_, bytes) => _hash.AppendData(bytes));
    }

    /// <summary>Adds a tensor's name, type and shape.</summary>
    public void AddShape(string name, DataType dataType, TensorShape shape)
    {
        Add(name);
        Add((long)dataType);
        Add(shape.Rank);
        foreach (long dimension in shape.Dimensions)
        {
            Add(dimension);
        }
    }

    /// <summary>Adds the settings. Those that say when checkpoints are written change no result and are left out.</summary>
    public void Add(TrainingOptions options, int steps)
    {
        Add(options.BatchSize);
        Add(options.MicroBatchTokens);
        Add(options.MaxGradientNorm ?? double.PositiveInfinity);
        Add(options.Optimizer.Beta1);
        Add(options.Optimizer.Beta2);
        Add(options.Optimizer.Epsilon);
        Add(options.Optimizer.WeightDecay);
        Add((long)options.Seed);
        Add(options.ShufflesExamples ? 1 : 0);
        Add(steps);

        // Schedules are open to users: what they give for each step says more than their names.
        for (int step = 0; step < steps; step++)
        {
            Add(options.LearningRate * options.Schedule.FactorOf(step, steps));
        }
    }

    /// <summary>Adds the examples, in their order.</summary>
    public void Add(IReadOnlyList<TrainingExample> examples)
    {
        Add(examples.Count);
        foreach (TrainingExample example in examples)
        {
            Add(example.FirstAnswer);
            Add(example.Tokens.Span);
        }
    }

    /// <summary>Returns the hash in lower-case hexadecimal, and begins anew.</summary>
    public string ToText() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}
