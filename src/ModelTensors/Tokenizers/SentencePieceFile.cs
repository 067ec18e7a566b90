using System.Buffers.Binary;
using System.Text;
using ModelTensors.Checkpoints;

namespace ModelTensors.Tokenizers;

/// <summary>Reads the pieces of a SentencePiece model: field 1 of a protobuf <c>ModelProto</c>, each with its text (1), score (2) and type (3).</summary>
internal static class SentencePieceFile
{
    private const int NormalType = 1;
    private const int ControlType = 3;
    private const int UserDefinedType = 4;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private enum Wire
    {
        Varint = 0,
        Fixed64 = 1,
        Bytes = 2,
        Fixed32 = 5,
    }

    public static Vocabulary Read(string path)
    {
        Vocabulary vocabulary = new(path, VocabularyKind.SentencePiece, isByteLevel: false);
        try
        {
            ReadOnlySpan<byte> rest = VocabularyFiles.ReadBounded(path);
            int id = 0;
            while (!rest.IsEmpty)
            {
                (int field, Wire wire, ReadOnlySpan<byte> value) = Next(ref rest);
                if (field == 1 && wire == Wire.Bytes)
                {
                    AddPiece(vocabulary, id++, value);
                }
            }
        }
        catch (Exception error) when (error is InvalidDataException or DecoderFallbackException)
        {
            throw Fail(path, $"is no SentencePiece model: {error.Message}", error);
        }

        return vocabulary.Count > 0 ? vocabulary : throw Fail(path, "holds no SentencePiece pieces", error: null);
    }

    private static CheckpointException Fail(string path, string what, Exception? error) => new(
        CheckpointError.TokenizerInvalid,
        $"'{path}' {what}. Files of other tokenizers have this name too: save the tokenizer with transformers, which writes a {VocabularyFiles.TokenizerJson}.",
        path,
        innerException: error);

    private static void AddPiece(Vocabulary vocabulary, int id, ReadOnlySpan<byte> rest)
    {
        string? text = null;
        float score = 0;
        ulong type = NormalType;
        while (!rest.IsEmpty)
        {
            (int field, Wire wire, ReadOnlySpan<byte> value) = Next(ref rest);
            switch (field, wire)
            {
                case (1, Wire.Bytes):
                    text = Utf8.GetString(value);
                    break;
                case (2, Wire.Fixed32):
                    score = BinaryPrimitives.ReadSingleLittleEndian(value);
                    break;
                case (3, Wire.Varint):
                    type = Varint(ref value);
                    break;
            }
        }

        vocabulary.Add(text, id, score);
        // Control tokens such as <s>, and tokens of the user, are found in the text before it is cut.
        if (type is ControlType or UserDefinedType)
        {
            vocabulary.Add(new AddedToken(text!) { IsSpecial = type != UserDefinedType }, id);
        }
    }

    private static FieldValue Next(ref ReadOnlySpan<byte> rest)
    {
        ulong key = Varint(ref rest);
        Wire wire = (Wire)(key & 7);
        ReadOnlySpan<byte> before = rest;
        ulong length = wire switch
        {
            Wire.Varint => VarintLength(rest),
            Wire.Fixed64 => 8,
            Wire.Bytes => Varint(ref rest),
            Wire.Fixed32 => 4,
            _ => throw new InvalidDataException($"wire type {(int)wire} at {before.Length} bytes before the end"),
        };
        if (length > (ulong)rest.Length)
        {
            throw new InvalidDataException($"a field of {length} bytes at {before.Length} bytes before the end");
        }

        ReadOnlySpan<byte> value = rest[..(int)length];
        rest = rest[(int)length..];
        return new FieldValue((int)Math.Min(key >> 3, int.MaxValue), wire, value);
    }

    private static ulong Varint(ref ReadOnlySpan<byte> rest)
    {
        int length = (int)VarintLength(rest);
        ulong number = 0;
        for (int i = 0; i < length; i++)
        {
            number |= (ulong)(rest[i] & 0x7F) << (7 * i);
        }

        rest = rest[length..];
        return number;
    }

    private static ulong VarintLength(ReadOnlySpan<byte> rest)
    {
        for (int i = 0; i < Math.Min(rest.Length, 10); i++)
        {
            if (rest[i] < 0x80)
            {
                return (ulong)i + 1;
            }
        }

        throw new InvalidDataException($"a number without end at {rest.Length} bytes before the end");
    }

    private readonly ref struct FieldValue(int field, Wire wire, ReadOnlySpan<byte> value)
    {
        private readonly ReadOnlySpan<byte> _value = value;

        public void Deconstruct(out int number, out Wire type, out ReadOnlySpan<byte> bytes)
        {
            number = field;
            type = wire;
            bytes = _value;
        }
    }
}
