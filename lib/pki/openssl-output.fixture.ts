/**
 * What `openssl` 3.0 really prints and writes, kept as text so that the tests need no `openssl`. The key was made for
 * this file and is used nowhere.
 */
export const opensslOutput = {
  certificateText: `Certificate:
    Data:
        Version: 3 (0x2)
        Serial Number:
            41:d4:49:f0:cb:be:d2:83:13:6d:d6:63:f9:0a:c0:85:6d:da:05:06
        Signature Algorithm: ecdsa-with-SHA256
        Issuer: CN = fixture
        Validity
            Not Before: Nov 24 00:08:14 2026 GMT
            Not After : Nov 21 00:08:14 2036 GMT
        Subject: CN = fixture
        Subject Public Key Info:
            Public Key Algorithm: id-ecPublicKey
                Public-Key: (256 bit)
                pub:
                    04:f5:6d:a6:62:ec:69:8b:4a:2c:1a:3b:92:2a:37:
                    08:26:7d:c1:8f:b7:99:48:f4:35:3e:fb:cc:2f:77:
                    93:cc:d5:45:1a:4a:b2:77:28:6b:00:f5:8b:00:bb:
                    c5:b9:f0:f3:e2:b7:ff:af:d5:48:b6:a4:db:54:d2:
                    77:ef:c6:36:66
                ASN1 OID: prime256v1
                NIST CURVE: P-256
        X509v3 extensions:
            X509v3 Subject Key Identifier: 
                DD:BE:76:11:F4:C7:37:33:4A:31:DA:D4:AC:68:6C:FF:B9:26:D0:34
            X509v3 Authority Key Identifier: 
                DD:BE:76:11:F4:C7:37:33:4A:31:DA:D4:AC:68:6C:FF:B9:26:D0:34
            X509v3 Basic Constraints: critical
                CA:TRUE
    Signature Algorithm: ecdsa-with-SHA256
    Signature Value:
        30:44:02:20:65:91:b8:24:60:bd:fc:a7:c5:44:f7:06:f5:11:
        08:c9:0a:77:a0:bd:9e:98:5f:fe:66:5b:55:e8:75:95:6c:c8:
        02:20:35:b1:f9:a9:1f:23:62:ac:71:31:5d:3b:bd:5d:de:5a:
        0d:e1:12:57:d6:85:d0:c1:d0:9e:96:fb:e1:ab:23:eb
-----BEGIN CERTIFICATE-----
MIIBeDCCAR+gAwIBAgIUQdRJ8Mu+0oMTbdZj+QrAhW3aBQYwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHZml4dHVyZTAeFw0yNjExMjQwMDA4MTRaFw0zNjExMjEwMDA4
MTRaMBIxEDAOBgNVBAMMB2ZpeHR1cmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAT1baZi7GmLSiwaO5IqNwgmfcGPt5lI9DU++8wvd5PM1UUaSrJ3KGsA9YsAu8W5
8PPit/+v1Ui2pNtU0nfvxjZmo1MwUTAdBgNVHQ4EFgQU3b52EfTHNzNKMdrUrGhs
/7km0DQwHwYDVR0jBBgwFoAU3b52EfTHNzNKMdrUrGhs/7km0DQwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBlkbgkYL38p8VE9wb1EQjJCnegvZ6Y
X/5mW1XodZVsyAIgNbH5qR8jYqxxMV07vV3eWg3hElfWhdDB0J6W++GrI+s=
-----END CERTIFICATE-----
`,
  pkcs12Text: `Bag Attributes
    friendlyName: fixture
    localKeyID: 24 AD BD 11 FB F5 E8 E9 A0 71 1F C5 8B 1A 20 53 F8 C9 DB DB 
subject=CN = fixture
issuer=CN = fixture
-----BEGIN CERTIFICATE-----
MIIBeDCCAR+gAwIBAgIUQdRJ8Mu+0oMTbdZj+QrAhW3aBQYwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHZml4dHVyZTAeFw0yNjExMjQwMDA4MTRaFw0zNjExMjEwMDA4
MTRaMBIxEDAOBgNVBAMMB2ZpeHR1cmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAT1baZi7GmLSiwaO5IqNwgmfcGPt5lI9DU++8wvd5PM1UUaSrJ3KGsA9YsAu8W5
8PPit/+v1Ui2pNtU0nfvxjZmo1MwUTAdBgNVHQ4EFgQU3b52EfTHNzNKMdrUrGhs
/7km0DQwHwYDVR0jBBgwFoAU3b52EfTHNzNKMdrUrGhs/7km0DQwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBlkbgkYL38p8VE9wb1EQjJCnegvZ6Y
X/5mW1XodZVsyAIgNbH5qR8jYqxxMV07vV3eWg3hElfWhdDB0J6W++GrI+s=
-----END CERTIFICATE-----
Bag Attributes
    friendlyName: fixture
    localKeyID: 24 AD BD 11 FB F5 E8 E9 A0 71 1F C5 8B 1A 20 53 F8 C9 DB DB 
Key Attributes: <No Attributes>
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgk5YwYT2iQ88JagrJ
XgPCn7EMPDd1TfHy9Zyxk5OonyahRANCAAT1baZi7GmLSiwaO5IqNwgmfcGPt5lI
9DU++8wvd5PM1UUaSrJ3KGsA9YsAu8W58PPit/+v1Ui2pNtU0nfvxjZm
-----END PRIVATE KEY-----
`,
  keyText: `Private-Key: (256 bit)
priv:
    93:96:30:61:3d:a2:43:cf:09:6a:0a:c9:5e:03:c2:
    9f:b1:0c:3c:37:75:4d:f1:f2:f5:9c:b1:93:93:a8:
    9f:26
pub:
    04:f5:6d:a6:62:ec:69:8b:4a:2c:1a:3b:92:2a:37:
    08:26:7d:c1:8f:b7:99:48:f4:35:3e:fb:cc:2f:77:
    93:cc:d5:45:1a:4a:b2:77:28:6b:00:f5:8b:00:bb:
    c5:b9:f0:f3:e2:b7:ff:af:d5:48:b6:a4:db:54:d2:
    77:ef:c6:36:66
ASN1 OID: prime256v1
NIST CURVE: P-256
`,
  keyWithParameters: `-----BEGIN EC PARAMETERS-----
BggqhkjOPQMBBw==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIJOWMGE9okPPCWoKyV4Dwp+xDDw3dU3x8vWcsZOTqJ8moAoGCCqGSM49
AwEHoUQDQgAE9W2mYuxpi0osGjuSKjcIJn3Bj7eZSPQ1PvvML3eTzNVFGkqydyhr
APWLALvFufDz4rf/r9VItqTbVNJ378Y2Zg==
-----END EC PRIVATE KEY-----
`,
  pkcs12Base64:
    "MIIESwIBAzCCBAEGCSqGSIb3DQEHAaCCA/IEggPuMIID6jCCAoIGCSqGSIb3DQEHBqCCAnMwggJvAgEAMIICaAYJKoZIhvcNAQcBMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAi+l+8cHhyWxQICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEBb3RH7KiXG+l/Uyb7cSgbKAggIAWmmacIORlLc11zICu+KsAFTxdpD7cRkch/WyjOht3FUheQPBSzxdk6cNGNdvGn3qOBPmlOkheGMLaFRWfM2U/73G4WMFSVYQ5VQb9QDsNELsKktRuKLNePLQiMJKM0y4OA3c45+nHX/tELM+Je3GvLjGJwLL3ZO8baFJixEo6BU9ly28k5It8W2R++abgQy9dhUWqEoFHqHyjl9dp7uRRNyRWwlT0Oft33ItnvPCRvdlvDnoVHLPX1TYEhnaS8+k+caS8xjhelJ3c9QDl/SK1WmuG5+SI3hRFyxGcBcVN8l7Sv/rW/l+PPK1NuOyjTo5JdysDp4F1G192qHNKJpF64wuDnrdwiDk3g+1AFpR/9AvkwkP0gxwVM/WJwMj8/qTbmPIokaurNTsMGpZtIpUZRBnkZmITZ31uaMJIVf2/fUbsLEZ37CS12YIF9v6HqDWEGoj5Xb0NL5VMwPitsO9PWRX5PiL39kC4MDTG/4Y7CLVzOvqq9oGySBKDTzTUang1oAyqHAPY4vDEabRtHq53RSJEBIlI0Y7n9kE3OSogcLrWwU0u4lB/dfgUwze5ew5kMoLXytwOx1rHMqo2cfjQbFAHUfU8aVjW1bk8/kPXscmxA+aFpnUrZ7BRG2Fa74NkHjkGxle9soslZam94if5bWEcfa9c58zrk+VGHT/q3swggFgBgkqhkiG9w0BBwGgggFRBIIBTTCCAUkwggFFBgsqhkiG9w0BDAoBAqCB7zCB7DBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIkb1PxzUc784CAggAMAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBAAUje8baC0jK5l6EtR4KVaBIGQcgXzuC+ioxFhpuqjdW116Ww0bDHF1lCqowIJ+vTqFKTbyQcm72GWjZ6C9jZyRldB70LiAsNxaGlnPjEJnYluRbXDjEpQUqq9yNPBx7SZbtIeHLRlLBWRwtLeTw78onU1N8rybPkqiJbSwi/9zIsAwLCNkbAEp1XV8QoJWT/BppXlBsskMCe0fVX0oJxQIPSzMUQwHQYJKoZIhvcNAQkUMRAeDgBmAGkAeAB0AHUAcgBlMCMGCSqGSIb3DQEJFTEWBBQkrb0R+/Xo6aBxH8WLGiBT+Mnb2zBBMDEwDQYJYIZIAWUDBAIBBQAEILdo3HtCzuKxl6CFJiXUVdzFOCYEh/kPcDPd152sV+G/BAglpEAYsS33HwICCAA=",
  pkcs7Base64:
    "MIIBpwYJKoZIhvcNAQcCoIIBmDCCAZQCAQExADALBgkqhkiG9w0BBwGgggF8MIIBeDCCAR+gAwIBAgIUQdRJ8Mu+0oMTbdZj+QrAhW3aBQYwCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHZml4dHVyZTAeFw0yNjExMjQwMDA4MTRaFw0zNjExMjEwMDA4MTRaMBIxEDAOBgNVBAMMB2ZpeHR1cmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT1baZi7GmLSiwaO5IqNwgmfcGPt5lI9DU++8wvd5PM1UUaSrJ3KGsA9YsAu8W58PPit/+v1Ui2pNtU0nfvxjZmo1MwUTAdBgNVHQ4EFgQU3b52EfTHNzNKMdrUrGhs/7km0DQwHwYDVR0jBBgwFoAU3b52EfTHNzNKMdrUrGhs/7km0DQwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBlkbgkYL38p8VE9wb1EQjJCnegvZ6YX/5mW1XodZVsyAIgNbH5qR8jYqxxMV07vV3eWg3hElfWhdDB0J6W++GrI+sxAA==",
};
